#!/bin/bash
# Faults while eight programs create and open files on mounts of both modes: nothing that was acknowledged is lost, no program
# waits longer than the daemon's stall limit allows, and the daemon recovers without help. One round, or rounds for SOAK_MINUTES.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
# shellcheck source=tests/vm/load.sh
. "$(dirname "$0")/load.sh"
UUID_FILE=/tmp/uuid
SOAK_MINUTES=${SOAK_MINUTES:-0}
# The daemon's default.
STALL_LIMIT=30
# The packages' value (docs/ecryptfsd.md). A program can miss the daemon's answer because of a defect of the kernel: it then
# sleeps until this timeout, and continues with the answer.
KERNEL_TIMEOUT=60
# So many rounds of a soak leave the daemon's process alone for each one that does not: its memory is watched meanwhile.
CALM_ROUNDS=9

# A key each: two mounts of one key share its token, and with it the mode.
two_keys() { UUID_FILE=/tmp/uuid.envelope generate_key -p 0 && generate_key -p 0; }

mount_both() {
  UUID_FILE=/tmp/uuid.envelope TSPI_MODE=envelope mount_tspi /lower/envelope /envelope &&
    mount_tspi /lower/direct /direct || return 1
  direct_signature=$(signature)
  keyctl pipe "$(direct_token)" > /tmp/token
}

direct_token() { keyctl search @u user "$direct_signature"; }

put_token_back() { keyctl padd user "$direct_signature" @u < /tmp/token; }

tcsd_dies() {
  stop_tcsd
  errors_come 2
  local rc=$?
  start_tcsd
  return $rc
}

answers_again() { : > /direct/again && rm /direct/again; } 2> /dev/null

# Until both programs that need the TPM got the stall error; ends when the daemon has noticed that tcsd runs again.
tcsd_freezes() {
  pkill -STOP -x tcsd
  errors_come 2
  local rc=$?
  pkill -CONT -x tcsd
  wait_until 30 answers_again || rc=1
  return $rc
}

lower_is_full() {
  not eval 'cat /dev/zero > /lower/filler' && errors_come 8
  local rc=$?
  rm /lower/filler
  return $rc
}

token_expires() {
  keyctl timeout "$(direct_token)" 1
  errors_come 2
  local rc=$?
  put_token_back
  return $rc
}

# By that of a key that the TPM's storage does not have.
token_is_replaced() {
  python3 -c '
import sys
token = bytearray(sys.stdin.buffer.read())
token[670] ^= 0xFF
sys.stdout.buffer.write(token)' < /tmp/token > /tmp/other-token
  keyctl padd user "$direct_signature" @u < /tmp/other-token
  errors_come 2
  local rc=$?
  put_token_back
  return $rc
}

# The kernel's mount is through with the key then.
token_is_revoked() {
  keyctl revoke "$(direct_token)"
  errors_come 2
  local rc=$?
  umount -i -l /direct
  mount_tspi /lower/direct /direct && [ "$(signature)" = "$direct_signature" ] && return $rc
}

second_daemon_is_refused() {
  ecryptfsd > /tmp/second 2>&1
  local rc=$?
  cat /tmp/second
  [ $rc -eq 251 ] && grep -q 'another ecryptfsd' /tmp/second
}

socket_complaints() { grep -c 'cannot accept clients:' "$ECRYPTFSD_LOG"; }

more_complaints() { [ "$(socket_complaints)" -gt "$1" ]; }

# Programs that talk to it meanwhile have to wait, and new connections to tcsd fail.
no_descriptors() {
  local pid free=0 asking before rc
  pid=$(ecryptfsd_pid)
  before=$(socket_complaints)
  while [ -e "/proc/$pid/fd/$free" ]; do free=$((free + 1)); done
  prlimit --pid "$pid" --nofile=$free: || return 1
  python3 -c '
import socket
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect("/run/ecryptfsj/control")
    asking.sendall(b"status\n")
    assert b"uptime_seconds" in asking.recv(4096)' &
  asking=$!
  stop_tcsd && start_tcsd && errors_come 2 && wait_until 60 more_complaints "$before"
  rc=$?
  prlimit --pid "$pid" --nofile=1024:
  wait $asking || rc=1
  echo "complained $(($(socket_complaints) - before)) times"
  [ $rc -eq 0 ] && [ "$(socket_complaints)" -eq $((before + 1)) ]
}

clock_jumps() {
  local hours
  for hours in 5 -11 6; do
    date -s "@$(($(date +%s) + hours * 3600))"
    files_are_created || return 1
  done
}

daemon_is_killed() { kill -KILL "$(ecryptfsd_pid)"; }

another_process_serves() { not [ "$(ecryptfsd_pid)" = "$1" ] && daemon_is_up; }

process_is_replaced() {
  local before
  before=$(ecryptfsd_pid)
  kill -USR1 "$before" && wait_until 120 another_process_serves "$before"
}

keys_are_dropped() { kill -HUP "$(ecryptfsd_pid)"; }

faults_of_one_round() { # number
  check "round $1: tcsd is killed and started again" fault 'tcsd killed' EIO tcsd_dies
  check "round $1: tcsd hangs for longer than the stall limit" fault 'tcsd frozen' EIO tcsd_freezes
  check "round $1: the lower file system is full, and has free space again" fault 'lower full' ENOSPC lower_is_full
  check "round $1: the token expires and is put back" fault 'token expired' EKEYEXPIRED,ETIME,EIO token_expires
  check "round $1: the token is replaced and put back" fault 'token replaced' EIO token_is_replaced
  check "round $1: out of descriptors, while tcsd is restarted" fault 'no descriptors' EIO no_descriptors
  check "round $1: the clock jumps there and back" fault 'clock jump' '' clock_jumps
  check "round $1: keys are dropped" fault 'keys dropped' '' keys_are_dropped
  if [ $((($1 - 1) % (CALM_ROUNDS + 1))) -eq 0 ]; then
    check "round $1: the token is revoked, and mounted with again" \
      fault 'token revoked' EKEYREVOKED,EINVAL,ENOENT,EIO token_is_revoked
    check "round $1: a second daemon is refused and disturbs nothing" fault 'second daemon' '' second_daemon_is_refused
    check "round $1: its process is killed" fault 'daemon killed' late daemon_is_killed
    check "round $1: its process is replaced" fault 'daemon replaced' late process_is_replaced
  fi
}

over() { [ "$(now | cut -d. -f1)" -ge $((SOAK_MINUTES * 60)) ]; }

all_sums() { find /envelope /direct -type f -exec sha256sum {} +; }

module_is_in_use() { not modprobe -r ecryptfs && files_are_created; }

unmount_both() { umount /envelope && umount /direct; }

module_is_unloaded() { stop_ecryptfsd && modprobe -r ecryptfs && [ ! -e /dev/ecryptfs ]; }

# By the daemon itself, with the parameters of modprobe.d.
module_is_loaded() {
  echo "options ecryptfs ecryptfs_message_wait_timeout=$KERNEL_TIMEOUT ecryptfs_message_buf_len=2" > /etc/modprobe.d/ecryptfs.conf
  start_ecryptfsd && mount_both && drop_caches && sha256sum --quiet -c /tmp/sums
}

two_are_left() { [ "$(jobs -rp | grep -cxFf <(printf '%s\n' "${opening[@]}"))" -eq 2 ]; }

# Two requests wait for the frozen tcsd; the kernel's table is full.
more_than_contexts() {
  local i opening=() failed=0 begin
  for i in 1 2 3 4; do echo "$i" > "/direct/few.$i"; done
  drop_caches
  pkill -STOP -x tcsd
  begin=$(milliseconds)
  for i in 1 2 3 4; do
    cat "/direct/few.$i" > "/tmp/few.$i" 2>&1 &
    opening+=($!)
  done
  wait_until 10 two_are_left
  pkill -CONT -x tcsd
  for i in "${opening[@]}"; do wait "$i" || failed=$((failed + 1)); done
  cat /tmp/few.?
  echo "$failed of 4 failed, after $(($(milliseconds) - begin)) ms"
  dmesg | tail -n 3
  drop_caches
  [ $failed -eq 2 ] && [ "$(cat /direct/few.?)" = "$(seq 4)" ]
}

mkdir -p /lower /envelope /direct
mount -t tmpfs -o size=16M tmpfs /lower
mkdir /lower/envelope /lower/direct
load_ecryptfs
start_tcsd
own_tpm
use_ours
check "two keys are generated" two_keys
check "the daemon starts" start_ecryptfsd
check "mounted in both modes" mount_both
begin_load /envelope=/lower/envelope:6 /direct=/lower/direct:2
round=0
until [ $round -gt 0 ] && over; do
  round=$((round + 1))
  faults_of_one_round $round
  if [ "$SOAK_MINUTES" -gt 0 ]; then wait_until 30 over; fi
done
check "every program runs to its end" end_load
check "no file is lost, no wait is too long, each error has a known cause" accounts $STALL_LIMIT $KERNEL_TIMEOUT
cp "$LEDGER" /tmp/accounts "$MICROVM_OUT"

all_sums > /tmp/sums
check "the kernel does not unload the module under a daemon" module_is_in_use
check "unmounted" unmount_both
check "the daemon ends, the module is unloaded" module_is_unloaded
check "a daemon that starts loads it, and everything is read" module_is_loaded
check "more requests than contexts: those beyond fail at once" more_than_contexts
umount /envelope
umount /direct
stop_ecryptfsd
finish
