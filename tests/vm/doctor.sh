#!/bin/bash
# Set-ups that are broken: ecryptfs-doctor names what is wrong and nothing else, with the command that repairs it, and
# reports nothing after the repair. The states of a TPM are in tpm-states.sh.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"

# named CHECK PATTERN: among what the last look found.
named() {
  grep -A 2 "^problem  $1 " /tmp/doctor && grep -A 2 "^problem  $1 " /tmp/doctor | grep -Eq -- "$2"
}

content() {
  ecryptfs-doctor > /tmp/doctor
  local rc=$?
  cat /tmp/doctor
  [ $rc = 0 ]
}

# with COMMAND... -- CHECKS PATTERN: broken by the command for this one look; mend, a function, takes it back.
with() {
  local breaking=()
  while [ "$1" != -- ]; do
    breaking+=("$1")
    shift
  done
  shift
  "${breaking[@]}"
  diagnosed "$@"
  local rc=$?
  mend
  return $rc
}

fstab() { echo "/lower /secret ecryptfs $1 0 0" >> /etc/fstab; }

# Thirteen things at once that have nothing to do with each other.
break_much() {
  mount_tspi /lower /secret && keyctl unlink "$(keyctl search @u user "$(signature)")" @u
  kernel_options 'ecryptfs_message_wait_timeout=3600 ecryptfs_verbosity=1'
  echo 4194303 > /run/ecryptfsd.pid
  chmod 666 /dev/ecryptfs /root/.trousers/user.data
  cp -a --remove-destination /run/microvm/host/sbin/mount.ecryptfs /sbin/mount.ecryptfs
  fstab "noauto,key=tspi:tspi_uuid=$uuid,ecryptfs_ciper=aes"
  fstab "user,noauto,$MOUNT_LINE"
  fstab "$MOUNT_LINE"
  configure "$uuid" /lower /nowhere
  rm /etc/rc2.d/S03ecryptfs-tpm-mount
  modprobe loop && truncate -s 16M /swap && losetup /dev/loop7 /swap && mkswap /dev/loop7 && swapon /dev/loop7
}

fill_keyring() {
  awk '$1 == "0:" { split($5, bytes, "/"); print bytes[1] }' /proc/key-users > /proc/sys/kernel/keys/root_maxbytes
}

mend_much() { # bytes of keys allowed
  echo "$1" > /proc/sys/kernel/keys/root_maxbytes
  umount /secret
  rm /etc/modprobe.d/zz-ecryptfs-test.conf
  echo -n "$shell" > /run/ecryptfsd.pid
  chmod 600 /dev/ecryptfs /root/.trousers/user.data
  use_ours
  sed -i '/ecryptfs/d' /etc/fstab
  configure "$uuid" /lower /secret
  start_at_boot
  swapoff /dev/loop7 && losetup -d /dev/loop7 && rm /swap
}

# In a session of its own, to which the user keyring is not linked; it uses up the quota of keys.
unlinked() {
  keyctl session - "$(command -v bash)" -c \
    "$(declare -f fill_keyring problems diagnosed); PATH='$PATH'; fill_keyring; diagnosed '$1' ."
}

on_port() { # port
  stop_tcsd
  if [ "$1" = 30003 ]; then : > /etc/tcsd.conf; else echo "port = $1" > /etc/tcsd.conf; fi
  tcsd -f >> "$MICROVM_OUT/tcsd.log" 2>&1 &
  tcsd_pid=$!
  wait_until 20 port_answers "$1"
}

break_tcsd() {
  stop_tcsd
  chown root /dev/tpm0
  chmod 644 /etc/tcsd.conf
}

json() {
  ecryptfs-doctor --json | python3 -c '
import json, sys
report = json.load(sys.stdin)
assert report["problems"] == 0, report
assert any(f["check"] == "tpm-key" and f["verdict"] == "ok" for f in report["findings"]), report'
}

use_ours
mkdir -p /disk /lower /secret
install -m 600 /dev/null /etc/fstab
check "a kernel whose eCryptfs is not loaded" diagnosed kernel-module 'What to do: modprobe ecryptfs'
load_ecryptfs
check "no daemon" diagnosed daemon 'no ecryptfsd is running'
use_c_peer
start_ecryptfsd
use_ours
check "the daemon of ecryptfs-utils" diagnosed daemon 'the ecryptfsd of ecryptfs-utils holds /dev/ecryptfs \(process [0-9]+\)'
stop_ecryptfsd
start_ecryptfsd -p /run/ecryptfsd.pid
daemon=$(ecryptfsd_pid)
shell=$(< /run/ecryptfsd.pid)
start_tcsd
check "a TPM without an owner" diagnosed tpm-owner 'What to do: tpm_takeownership -z' --tpm
own_tpm
generate_key -p 2
uuid=$(< $UUID_FILE)
configure "$uuid" /lower /secret
start_at_boot
check "a set-up with a TPM is in order, and so it is said in JSON" json

mend() { kill -CONT "$daemon" "$shell"; }
check "a daemon that is stopped" with kill -STOP "$daemon" "$shell" -- daemon "kill -CONT $daemon"
check "what would start it again is stopped too" named daemon "the supervisor of ecryptfsd is stopped \(process $shell\)"
mend() { mknod -m 600 /dev/ecryptfs c 10 "$(awk '$2 == "ecryptfs" { print $1 }' /proc/misc)"; }
check "a device that is gone" with rm /dev/ecryptfs -- device 'does not exist'
mend() { configure "$uuid" /lower /secret; }
check "boot: a key that is not in the key storage" \
  with configure "${uuid//[0-9]/a}" /lower /secret -- tpm-key 'is not in the key storage'

bytes_allowed=$(< /proc/sys/kernel/keys/root_maxbytes)
break_much
check "thirteen things that are wrong at once" unlinked \
  'boot-config boot-enabled device fstab kernel-timeout kernel-verbosity key-storage keyring-link keyring-quota mount-helper mounted-keys pid-file swap'
check "a kernel that waits for an hour" named kernel-timeout '3600 s'
check "a kernel that logs keys" named kernel-verbosity 'logs secret keys'
check "a stale pid file" named pid-file 'What to do: rm /run/ecryptfsd.pid'
check "a device for everybody" named device 'with mode 666'
check "a key storage for everybody" named key-storage 'with mode 666'
check "the mount helper of ecryptfs-utils" named mount-helper 'belongs to ecryptfs-utils'
check "fstab: a misspelt option" named fstab 'did you mean ecryptfs_cipher\?'
check "fstab: users may mount, and no signature is named" named fstab 'but no ecryptfs_sig='
check "fstab: a mount at boot that would ask" named fstab 'has no key'
check "boot: a directory that is not there" named boot-config 'missing directory: /nowhere'
check "boot: a mount that is configured and not started" named boot-enabled 'update-rc.d ecryptfs-tpm-mount defaults'
check "swap in plain text" named swap 'What to do: ecryptfs-setup-swap'
check "a session without the user keyring" named keyring-link 'keyctl link @u @s'
check "a full keyring" named keyring-quota 'sysctl -w kernel.keys.root_maxkeys'
check "a mount whose key is gone" named mounted-keys 'umount /secret'
mend_much "$bytes_allowed"

mend() { kill -CONT "$tcsd_pid"; }
check "a tcsd that is stopped" with kill -STOP "$tcsd_pid" -- tcsd "kill -CONT $tcsd_pid"
mend() { on_port 30003; }
check "a tcsd that listens elsewhere" with on_port 30004 -- tcsd-answers 'tcsd is running but does not answer'
mend() { chown tss /dev/tpm0 && chmod 640 /etc/tcsd.conf && start_tcsd; }
check "no tcsd, and none that could start" with break_tcsd -- 'tcsd tcsd-conf tpm-device' 'tcsd is not running'
check "a tcsd.conf that tcsd refuses" named tcsd-conf 'chmod 640 /etc/tcsd.conf'
check "a TPM that tcsd's user may not open" named tpm-device 'chown tss /dev/tpm0'
check "after all that it is in order again" content
finish
