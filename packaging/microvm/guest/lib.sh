# Functions for scenarios that run in the micro-VM. Sourced: . "$MICROVM_LIB"
# shellcheck shell=bash disable=SC2034

export MICROVM_OUT MICROVM_DIST
ECRYPTFSD_LOG=$MICROVM_OUT/syslog
original_path=$PATH
checks=0 failed=0 peer=ours
check_outputs=$(mktemp -d)

exec {never}<> <(:)

# wait_until SECONDS COMMAND...: true as soon as the command is, false when the time is over.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ $SECONDS -ge $end ]; then return 1; fi
    read -r -t 0.05 -u "$never" || true
  done
}

# check SENTENCE COMMAND...: one line of the report; what the command prints goes with it, and the end of the log if it fails.
# Reported by the shell alone: programs take most of the time of a short check.
check() {
  local sentence=$1 output rc word=ok line report=''
  shift
  checks=$((checks + 1))
  output=$check_outputs/$checks
  "$@" > "$output" 2>&1
  rc=$?
  if [ $rc -ne 0 ]; then
    word='not ok'
    failed=$((failed + 1))
    if [ -r "$ECRYPTFSD_LOG" ]; then tail -n 12 "$ECRYPTFSD_LOG" | sed 's/^/log: /' >> "$output"; fi
  fi
  while IFS= read -r line || [ -n "$line" ]; do report+="  $line"$'\n'; done < "$output"
  report+="$word $checks - $sentence"
  printf '%s\n' "$report"
  printf '%s\n' "$report" >> "$MICROVM_OUT/results.tap"
  return $rc
}

# value NAME NUMBER UNIT: a measurement.
value() { printf '%-28s %8s %s\n' "$@" | tee -a "$MICROVM_OUT/values.txt"; }

# Ends the scenario: 0 if every check held.
finish() {
  echo "$checks checks, $failed failed"
  exit $((failed > 0))
}

# Without parameters it is loaded as docs/ecryptfsd.md tells a user to have it.
load_ecryptfs() { # module parameters...
  if [ $# -eq 0 ]; then install -m 644 "${MICROVM_LIB%/microvm/*}/etc/modprobe.d/ecryptfsj.conf" /etc/modprobe.d; fi
  modprobe ecryptfs "$@" && keyctl link @u @s
}

port_answers() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

start_tcsd() {
  tcsd -f >> "$MICROVM_OUT/tcsd.log" 2>&1 &
  tcsd_pid=$!
  wait_until 20 port_answers 30003 || echo 'tcsd does not answer'
}

# tcsd does not end on SIGTERM while a client is connected.
stop_tcsd() {
  kill -KILL "$tcsd_pid"
  wait "$tcsd_pid" 2> /dev/null
  wait_until 10 tcsd_gone
}

tcsd_gone() { ! pgrep -x tcsd > /dev/null; }

# A chip as slow as a real one: tcsd talks to a software TPM of the guest's own, behind a proxy that holds answers back.
start_slow_chip() { # directory, then what slow-tpm.py takes: ORDINAL=MILLISECONDS...
  local state=$1
  shift
  mkdir -p "$state/tpm" "$state/system"
  chown tss: "$state/system"
  printf 'port = 30003\nsystem_ps_file = %s/system/system.data\n' "$state" > "$state/tcsd.conf"
  chown root:tss "$state/tcsd.conf"
  chmod 640 "$state/tcsd.conf"
  swtpm socket --tpmstate "dir=$state/tpm" --server type=tcp,port=4321,bindaddr=127.0.0.1 \
    --ctrl type=tcp,port=4322,bindaddr=127.0.0.1 --flags not-need-init,startup-clear &
  wait_until 60 port_answers 4322 || return 1
  python3 "${MICROVM_LIB%/*}/slow-tpm.py" 4320 4321 "$@" &
  wait_until 60 port_answers 4320 || return 1
  TCSD_USE_TCP_DEVICE=1 TCSD_TCP_DEVICE_HOSTNAME=127.0.0.1 TCSD_TCP_DEVICE_PORT=4320 \
    tcsd -e -f -c "$state/tcsd.conf" >> "$MICROVM_OUT/tcsd.log" 2>&1 &
  tcsd_pid=$!
  wait_until 60 port_answers 30003
}

own_tpm() {
  tpm_createek && tpm_takeownership -y -z
}

# As the blueprint has it: Enter at the SRK password prompts.
own_tpm_blueprint_way() {
  tpm_createek || return 1
  expect -c '
    set timeout 60
    spawn tpm_takeownership -y
    expect "SRK password:" { send "\r" }
    expect "Confirm password:" { send "\r" }
    expect eof
    exit [lindex [wait] 3]'
}

# Root's mount helpers do not run from a tree that others can change, and a checkout may be a developer's: in here it is
# root's. The machine's own files stay as they are, below the overlay.
give_tree_to_root() {
  local above=$MICROVM_DIST
  if [ "$(stat -c %u "$above")" != 0 ]; then chown -R 0:0 "$above"; fi
  while [ "$above" != / ]; do
    above=$(dirname "$above")
    if [ "$(stat -c %u "$above")" != 0 ]; then chown 0:0 "$above"; fi
    if [ ! -k "$above" ]; then chmod go-w "$above"; fi
  done
  tree_is_roots=true
}

use_ours() {
  peer=ours
  if [ -z "${tree_is_roots:-}" ]; then give_tree_to_root; fi
  PATH=$MICROVM_DIST/bin:$MICROVM_DIST/sbin:$original_path
  hash -r
  ln -sfn "$MICROVM_DIST/sbin/mount.ecryptfs" /sbin/mount.ecryptfs
  ln -sfn "$MICROVM_DIST/sbin/umount.ecryptfs" /sbin/umount.ecryptfs
}

use_c_peer() {
  peer=C
  PATH=$original_path
  hash -r
  cp -a --remove-destination /run/microvm/host/sbin/mount.ecryptfs /sbin/mount.ecryptfs
  cp -a --remove-destination /run/microvm/host/sbin/umount.ecryptfs /sbin/umount.ecryptfs
}

# Accounts with homes, whichever the machine has whose root file system this is.
make_users() { # name...
  local name
  for name; do
    if getent passwd "$name" > /dev/null; then userdel "$name"; fi
    if getent group "$name" > /dev/null; then groupdel "$name"; fi
    rm -rf "/home/${name:?}"
    useradd -m -d "/home/$name" -s /bin/bash -U "$name" || return 1
  done
}

holds_channel() { # pid
  local fd
  for fd in "/proc/$1/fd/"*; do
    if [ "$(readlink "$fd")" = /dev/ecryptfs ]; then return 0; fi
  done
  return 1
}

# The pid of this user's daemon, ours or C: the process that does the work. Ours may have a shell that watches over it.
ecryptfsd_pid() {
  local pid
  for pid in $(pgrep -U 0 -f 'ecryptfsj.daemon.Ecryptfsd|^ecryptfsd|^/usr/bin/ecryptfsd'); do
    if holds_channel "$pid"; then
      echo "$pid"
      return
    fi
  done
  return 1
}

# The shell that watches over a daemon's process; nothing if there is none.
ecryptfsd_shell() { # pid
  local parent
  parent=$(ps -o ppid= -p "$1") || return
  parent=${parent// /}
  if tr '\0' ' ' < "/proc/$parent/cmdline" | grep -q '^/bin/sh [^ ]*/ecryptfsd'; then echo "$parent"; fi
}

daemon_is_up() { [ -n "$(ecryptfsd_pid)" ]; }

start_ecryptfsd() { # options...
  if [ $peer = C ]; then
    /usr/bin/ecryptfsd "$@" || return 1
  else
    ecryptfsd "$@" || return 1
  fi
  wait_until 20 daemon_is_up
}

stop_ecryptfsd() {
  local pid shell
  pid=$(ecryptfsd_pid) || return 0
  shell=$(ecryptfsd_shell "$pid")
  kill "${shell:-$pid}"
  wait_until 15 process_gone "${shell:-$pid}"
}

# As if its machine had no such program any more: nothing starts another one.
kill_ecryptfsd() {
  local pid shell
  pid=$(ecryptfsd_pid) || return 0
  shell=$(ecryptfsd_shell "$pid")
  # shellcheck disable=SC2086  # empty for a daemon without one
  kill -KILL $shell "$pid"
  wait_until 10 process_gone "$pid"
}

process_gone() { [ ! -e "/proc/$1/exe" ]; }

# Forgets files' contents and keys, but not the JVM and our programs: reading those again takes an emulated machine seconds,
# which a request would wait for.
drop_caches() { keep_programs && sync && echo 3 > /proc/sys/vm/drop_caches; }

keep_programs() {
  if [ -e /run/vmtouch.pid ]; then return; fi
  local java tree trees=()
  java=$(readlink -f "$(command -v java)")
  for tree in "$MICROVM_DIST" /usr/lib/ecryptfsj; do
    if [ -d "$tree" ]; then trees+=("$tree"); fi
  done
  # It outlives the scenario, whose end is when nobody can write its output any more; and it is no process of ours, as its
  # command line would say.
  vmtouch -q -f -l -d -w -P /run/vmtouch.pid -b <(
    printf '%s\n' "${java%/bin/java}/lib/modules" "${java%/bin/java}/lib/server" "${java%/bin/java}"/lib/*.so "${trees[@]}"
  ) > /dev/null 2>&1
}

# A raw command to the TPM, in hex digits; tcsd is stopped for it, and started again.
tell_tpm() {
  stop_tcsd
  python3 - "$*" << 'END'
import os, sys
fd = os.open("/dev/tpm0", os.O_RDWR)
os.write(fd, bytes.fromhex(sys.argv[1]))
answer = os.read(fd, 4096)
assert len(answer) >= 10 and answer[6:10] == bytes(4), answer.hex()
END
  local rc=$?
  start_tcsd
  return $rc
}

# TPM_Extend
extend_pcr() { # register
  tell_tpm 00c1 00000022 00000014 "$(printf %08x "$1")" "$(printf '42%.0s' {1..20})"
}

# TPM_PCR_Reset, which firmware's registers refuse
reset_pcr() { # register
  local select
  printf -v select %06x $((1 << 16 - $1 / 8 * 8 + $1 % 8))
  tell_tpm 00c1 0000000f 000000c8 0003 "$select"
}
