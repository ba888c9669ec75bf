#!/bin/bash
# Faulty states of the TPM, of tcsd and of the key files while a directory is mounted: each state has its own error,
# at once, that says what to do, and the daemon reads the files again after the repair.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
KEYS=/root/.trousers/user.data
SRK=/var/lib/tpm/system.data
SECRET=/root/srk
export TSPI_MODE=envelope
copies=0 slowest=0

# What ecryptfsctl lock sends.
lock() {
  python3 -c '
import socket
control = socket.socket(socket.AF_UNIX)
control.connect("/run/ecryptfsj/control")
control.sendall(b"lock\n")
assert b"tspi" in control.recv(4096)'
}

# Copies of lower files are files that the kernel has not opened yet.
open_new() { # direct or envelope
  copies=$((copies + 1))
  cp "/disk/lower/$1" "/disk/lower/$1.$copies" && [ "$(cat "/secret/$1.$copies")" = "$1" ]
}

# Both kinds of file are refused long before the stall limit (30 s), and the log has the cause.
refused() { # pattern
  local mode start took lines
  lock || return 1
  for mode in direct envelope; do
    lines=$(wc -l < "$ECRYPTFSD_LOG")
    start=$(milliseconds)
    if open_new $mode; then return 1; fi
    took=$(($(milliseconds) - start))
    if [ $took -gt $slowest ]; then slowest=$took; fi
    echo "refused after $took ms"
    wait_until 5 logged_since "$lines" "$1" || return 1
    [ $took -lt 10000 ] || return 1
  done
}

logged_since() { tail -n +$(($1 + 1)) "$ECRYPTFSD_LOG" | grep -E "ecryptfsd.*$2"; }

# The files are read, by the daemon that was there all along.
read_again() {
  open_new direct && open_new envelope && [ "$(ecryptfsd_pid)" = "$daemon" ]
}

# says PATTERN COMMAND...: it fails, with that error and with the next step.
says() {
  local pattern=$1
  shift
  if "$@" > /tmp/said 2>&1; then return 1; fi
  cat /tmp/said
  grep -Eq "$pattern" /tmp/said && grep -q 'What to do: ' /tmp/said
}

no_key_is_made() { says "cannot create a TPM key: $1" ecryptfs-generate-tpm-key -p 2; }

no_mount() { says "$1" mount_tspi /disk/other /other; }

without_tcsd() {
  stop_tcsd
  "$@"
  start_tcsd
}

flip_last_byte() { # file
  python3 -c '
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(-1, 2)
    last = file.read(1)[0]
    file.seek(-1, 2)
    file.write(bytes([last ^ 1]))' "$1"
}

reads_while_it_is_loaded() { open_new direct && open_new envelope; }

set_srk_secret() { printf 'sesam\nsesam\n' | setsid -w tpm_changeownerauth -s -z; }

secret_is() { echo "$1" > $SECRET; }

key_is_made() { ecryptfs-generate-tpm-key -p 2; }

# Each lock is one try. It comes after the secret: the watch over the KEKs may load the key again at any time.
lock_out() { # lines of the log before
  local i
  for i in 1 2 3 4 5 6 7 8; do
    secret_is "wrong $i"
    lock
    open_new direct
    if logged_since "$1" 'was given wrong secrets too often'; then return 0; fi
  done
  return 1
}

tpm_is_gone() {
  basename "$(readlink -f /sys/class/tpm/tpm0/device)" > /sys/class/tpm/tpm0/device/driver/unbind
}

use_ours
mkdir -p /disk/lower /disk/other /secret /other
install -m 600 /dev/null /etc/fstab
load_ecryptfs
start_ecryptfsd
daemon=$(ecryptfsd_pid)
start_tcsd
check "no owner: no key is made" no_key_is_made 'the TPM has no owner, .*\(SRK\)'
own_tpm
check "a key is bound to a register of the firmware, and to one that can be reset" generate_key -p 2 -p 16
configure "$(< $UUID_FILE)" /disk/lower /secret
start_at_boot
TSPI_MODE='' mount_tspi /disk/lower /secret
echo direct > /secret/direct
umount /secret
mount_tspi /disk/lower /secret
echo envelope > /secret/envelope
sync
cp -a $KEYS $SRK /tmp

stop_tcsd
check "no tcsd: files are refused at once" refused 'cannot be used: tcsd does not answer .*start tcsd'
check "and no key is made" no_key_is_made 'tcsd does not answer'
check "and nothing is mounted" no_mount 'tcsd does not answer'

truncate -s 100 $SRK
check "tcsd's storage is cut short, and tcsd does not start: files are refused at once" \
  refused "tcsd's key storage $SRK is damaged: .*Restore that file"
check "a missing TPM is diagnosed" diagnosed tcsd "What to do: Restore that file from a backup and start tcsd"
rm $SRK
start_tcsd
check "tcsd's storage is lost: files are refused at once" \
  refused 'the TPM has an owner, but tcsd does not know its storage root key.*Do not clear the TPM'
check "and no key is made" no_key_is_made 'the TPM has an owner, but tcsd does not know'
without_tcsd cp -a /tmp/system.data $SRK
check "with the storage restored the files are read, by the same daemon" read_again

# The KEK that was unsealed for the last file took the loaded key along.
check "a file loads the key" open_new direct
rm $KEYS
check "the key is deleted: files are read as long as it is loaded" reads_while_it_is_loaded
check "then they are refused at once" refused "is not in this user's key storage $KEYS .*restore the storage file"
check "and nothing is mounted" no_mount "is not in this user's key storage $KEYS"
head -c 500 /tmp/user.data > $KEYS
check "the key storage is cut short: files are refused at once" \
  refused "key storage $KEYS is damaged: it ends within key 1 of 1\. Restore that file"
check "and nothing is mounted" no_mount "is damaged: it ends within key 1 of 1"
check "and no key is made, which would do more damage" no_key_is_made "this user's key storage $KEYS is damaged"
cp -a /tmp/user.data $KEYS
flip_last_byte $KEYS
check "a bit of the key is flipped: files are refused at once" \
  refused "was made by another TPM, .*or its entry in $KEYS is damaged .*restore that file"
cp -a /tmp/user.data $KEYS
check "with the key restored the files are read, by the same daemon" read_again

tpm_setenable -d -z
check "the TPM is disabled: files are refused at once" refused 'the TPM is disabled .*tpm_setenable -e'
check "and no key is made" no_key_is_made 'the TPM is disabled'
check "a missing TPM is diagnosed" diagnosed tpm-state 'What to do: tpm_setenable -e -z'
tpm_setenable -e -z
check "enabled, it reads the files, by the same daemon" read_again

extend_pcr 16
check "a register changes: files are refused at once" \
  refused 'it is bound to PCRs 2, 16, whose composite digest was .*Boot the trusted configuration'
check "a missing TPM is diagnosed" diagnosed tpm-key 'the PCR values differ from those at its creation'
reset_pcr 16
check "with its former value the files are read, by the same daemon" read_again

set_srk_secret
check "the SRK has a secret: files are refused at once" \
  refused "\(SRK\) .*another secret than the well-known one and the empty one.*ECRYPTFSJ_TSPI_SRK"
tpm_resetdalock -z
check "a missing TPM is diagnosed" diagnosed tpm-key 'ECRYPTFSJ_TSPI_SRK=file:/path'
tpm_resetdalock -z
install -m 600 /dev/null $SECRET
export ECRYPTFSJ_TSPI_SRK=file:$SECRET
secret_is sesam
check "with the secret in a file a key is made" key_is_made
stop_ecryptfsd
secret_is wrong
start_ecryptfsd
daemon=$(ecryptfsd_pid)
check "with a wrong one there files are refused at once" refused "another secret than the one in $SECRET"
secret_is sesam
check "with the right one there they are read, by the same daemon" read_again
# It unlocks itself after moments at first: what the tools say of it is left to TpmStatesTest.
check "wrong secrets lock the TPM, and files are refused with that reason" lock_out "$(wc -l < "$ECRYPTFSD_LOG")"
secret_is sesam
tpm_resetdalock -z
check "unlocked, it reads the files, by the same daemon" read_again

# For good: the kernel does not take it back before the next boot.
tpm_is_gone
check "the TPM is removed: files are refused at once" refused 'tcsd does not reach the TPM .*dmesg'
check "and no key is made" no_key_is_made 'tcsd does not reach the TPM'
check "a missing TPM is diagnosed" diagnosed 'tcsd-answers tpm' 'the kernel has no TPM device'
value slowest_refusal $slowest ms
umount /secret
finish
