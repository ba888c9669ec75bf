#!/bin/bash
# Set-ups that are broken in one way each: ecryptfs-doctor names what is wrong and nothing else, with the command that mends
# it, and is content when it is mended.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
CONFIG=/etc/default/ecryptfs-tpm-mount
LINE=ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,no_sig_cache

found() { sed -n "s/^$1  *\([a-z-]*\) .*/\1/p" /tmp/doctor | sort -u | xargs; }

# diagnosed CHECK PATTERN [OPTION]...: that check alone finds a problem, and says so.
diagnosed() {
  local check=$1 pattern=$2 rc
  shift 2
  ecryptfs-doctor "$@" > /tmp/doctor
  rc=$?
  sed -n '/^problem/,/^[a-z]/p' /tmp/doctor
  echo "exit code $rc, problems: $(found problem)"
  [ $rc = 1 ] && [ "$(found problem)" = "$check" ] && grep -Eq -- "$pattern" /tmp/doctor
}

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

# with COMMAND... -- CHECK PATTERN: broken by the command for this one look; mend, a function, takes it back.
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

configure() { # uuid, source, mount point
  printf 'TSPI_UUID=%s\nSRC_PATH=%s\nMOUNT_POINT=%s\nMOUNT_OPTIONS=%s\n' "$1" "$2" "$3" "$LINE" > $CONFIG
}

options() { # modprobe.d line
  echo "options ecryptfs $1" > /etc/modprobe.d/ecryptfs-test.conf
}

good_options() { options ecryptfs_message_wait_timeout=60; }

fstab() { echo "/lower /secret ecryptfs $1 0 0" >> /etc/fstab; }

unlinked() {
  keyctl session - "$(command -v bash)" -c "$(declare -f found diagnosed); PATH='$PATH'; diagnosed keyring-link 'keyctl link @u @s'"
}

# Ten things at once that have nothing to do with each other.
break_much() {
  options 'ecryptfs_message_wait_timeout=3600 ecryptfs_verbosity=1'
  echo 4194303 > /run/ecryptfsd.pid
  chmod 666 /dev/ecryptfs /root/.trousers/user.data
  cp -a --remove-destination /run/microvm/host/sbin/mount.ecryptfs /sbin/mount.ecryptfs
  fstab "noauto,key=tspi:tspi_uuid=$uuid,ecryptfs_ciper=aes"
  fstab "user,noauto,$LINE"
  fstab "$LINE"
  configure "$uuid" /lower /nowhere
  swap_on_loop
  bytes_allowed=$(< /proc/sys/kernel/keys/root_maxbytes)
  awk '$1 == "0:" { split($5, bytes, "/"); print bytes[1] }' /proc/key-users > /proc/sys/kernel/keys/root_maxbytes
}

mend_much() {
  echo "$bytes_allowed" > /proc/sys/kernel/keys/root_maxbytes
  good_options
  echo -n "$daemon" > /run/ecryptfsd.pid
  chmod 600 /dev/ecryptfs /root/.trousers/user.data
  use_ours
  sed -i '/ecryptfs/d' /etc/fstab
  configure "$uuid" /lower /secret
  swapoff /dev/loop7 && losetup -d /dev/loop7 && rm /swap
}

key_of_mount_is_gone() {
  mount_tspi /lower /secret && keyctl unlink "$(keyctl search @u user "$(signature)")" @u || return 1
  diagnosed mounted-keys 'umount /secret'
  local rc=$?
  umount /secret
  return $rc
}

swap_on_loop() {
  modprobe loop && truncate -s 16M /swap && losetup /dev/loop7 /swap && mkswap /dev/loop7 && swapon /dev/loop7
}

chip() { basename "$(readlink -f /sys/class/tpm/tpm0/device)"; }

# For good: the kernel does not take it back before the next boot.
without_tpm() {
  stop_tcsd
  local device
  device=$(chip)
  echo "$device" > /sys/class/tpm/tpm0/device/driver/unbind
  diagnosed 'tcsd tpm' 'the kernel sees no TPM'
}

lost_storage() {
  stop_tcsd
  mv /var/lib/tpm/system.data /tmp/
  start_tcsd
}

found_storage() {
  stop_tcsd
  cp -a /tmp/system.data /var/lib/tpm/
  start_tcsd
}

on_port() { # port
  stop_tcsd
  if [ "$1" = 30003 ]; then : > /etc/tcsd.conf; else echo "port = $1" > /etc/tcsd.conf; fi
  tcsd -f >> "$MICROVM_OUT/tcsd.log" 2>&1 &
  tcsd_pid=$!
  wait_until 20 port_answers "$1"
}

change_srk_secret() {
  expect -c '
    set timeout 60
    spawn tpm_changeownerauth -s -z
    expect -re "(?i)new SRK password:" { send "sesam\r" }
    expect -re "(?i)confirm password:" { send "sesam\r" }
    expect eof
    exit [lindex [wait] 3]'
}

locked_out() {
  local i
  for i in 1 2 3 4; do
    if diagnosed tpm-key 'the TPM is locked out after wrong secrets'; then return 0; fi
  done
  return 1
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
good_options
load_ecryptfs
check "no daemon" diagnosed daemon 'no ecryptfsd is running'
use_c_peer
start_ecryptfsd
use_ours
check "the daemon of ecryptfs-utils" diagnosed daemon 'the ecryptfsd of ecryptfs-utils holds /dev/ecryptfs \(process [0-9]+\)'
stop_ecryptfsd
start_ecryptfsd -p /run/ecryptfsd.pid
daemon=$(< /run/ecryptfsd.pid)
start_tcsd
check "a TPM without an owner" diagnosed tpm-owner 'What to do: tpm_takeownership -z' --tpm
own_tpm
generate_key -p 2
uuid=$(< $UUID_FILE)
configure "$uuid" /lower /secret
check "a mount that is configured and not started at boot" diagnosed boot-enabled 'update-rc.d ecryptfs-tpm-mount defaults'
ln -s ../init.d/ecryptfs-tpm-mount /etc/rc2.d/S03ecryptfs-tpm-mount
check "a set-up with a TPM is in order" content
check "and so it is said in JSON" json

mend() { kill -CONT "$daemon"; }
check "a daemon that is stopped" with kill -STOP "$daemon" -- daemon "kill -CONT $daemon"
mend() { mknod -m 600 /dev/ecryptfs c 10 "$(awk '$2 == "ecryptfs" { print $1 }' /proc/misc)"; }
check "a device that is gone" with rm /dev/ecryptfs -- device 'does not exist'
mend() { configure "$uuid" /lower /secret; }
check "boot: a key that is not in the key storage" \
  with configure "${uuid//[0-9]/a}" /lower /secret -- tpm-key 'is not in the key storage'

break_much
check "ten things that are wrong at once" diagnosed \
  'boot-config device fstab kernel-timeout kernel-verbosity key-storage keyring-quota mount-helper pid-file swap' .
check "a kernel that waits for an hour" named kernel-timeout '3600 s'
check "a kernel that logs keys" named kernel-verbosity 'log secret keys'
check "a stale pid file" named pid-file 'What to do: rm /run/ecryptfsd.pid'
check "a device for everybody" named device 'with mode 666'
check "a key storage for everybody" named key-storage 'with mode 666'
check "the mount helper of ecryptfs-utils" named mount-helper 'is that of ecryptfs-utils'
check "fstab: a misspelt option" named fstab 'did you mean ecryptfs_cipher\?'
check "fstab: users may mount, and no signature is named" named fstab 'names no ecryptfs_sig='
check "fstab: a mount at boot that would ask" named fstab 'names no key'
check "boot: a directory that is not there" named boot-config 'not there: /nowhere'
check "swap in plain text" named swap 'What to do: ecryptfs-setup-swap'
check "a full keyring" named keyring-quota 'sysctl -w kernel.keys.root_maxkeys'
mend_much
check "a session without the user keyring" unlinked
check "a mount whose key is gone" key_of_mount_is_gone
mend() { kill -CONT "$tcsd_pid"; }
check "a tcsd that is stopped" with kill -STOP "$tcsd_pid" -- tcsd "kill -CONT $tcsd_pid"
mend() { start_tcsd; }
check "no tcsd" with stop_tcsd -- tcsd 'tcsd is not running'
mend() { on_port 30003; }
check "a tcsd that listens elsewhere" with on_port 30004 -- tcsd-answers 'tcsd is running, but does not answer'
mend() { chmod 640 /etc/tcsd.conf; }
check "a tcsd.conf that tcsd refuses" with chmod 644 /etc/tcsd.conf -- tcsd-conf 'chmod 640 /etc/tcsd.conf'
mend() { found_storage; }
check "a storage of tcsd that is lost" with lost_storage -- tcsd-storage 'system.data'
mend() { tpm_setenable -e -z; }
check "a TPM that is disabled" with tpm_setenable -d -z -- tpm-state 'the TPM is disabled'
stop_tcsd
chown root /dev/tpm0
check "a TPM that tcsd's user may not open" diagnosed 'tcsd tpm-device' 'chown tss /dev/tpm0'
chown tss:tss /dev/tpm0
start_tcsd
check "after all that it is in order again" content
extend_pcr 2
check "a machine in another state" diagnosed tpm-key 'PCR 2, whose composite digest was'
change_srk_secret
check "an SRK with a secret of its own" diagnosed tpm-key 'ECRYPTFSJ_TSPI_SRK=file:/path'
check "a TPM that is locked out" locked_out
check "no TPM" without_tpm
finish
