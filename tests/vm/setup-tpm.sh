#!/bin/bash
# ecryptfs-setup-tpm: shown, scripted, asked at a terminal, failed in the middle, and taken back each time.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
here=$(dirname "$0")
# shellcheck source=tests/vm/scenario.sh
. "$here/scenario.sh"
CONFIG=/etc/default/ecryptfs-tpm-mount
JOURNAL=/var/lib/ecryptfsj/setup-tpm.journal

# What a set-up may change.
state() {
  find /etc/default /etc/rc?.d /etc/ecryptfsj /var/lib/ecryptfsj /secret* \( -type d -printf '%p %m\n' -o -printf '%p %m %s\n' \) 2> /dev/null
  sha256sum /etc/fstab /etc/crypttab 2> /dev/null
  keyctl rlist @u
  grep ecryptfs /proc/mounts
  swapon --show=NAME --noheadings
}

keys_in_storage() { grep -c . /root/.trousers/user.data; }

setup() { # options...
  ecryptfs-setup-tpm "$@" > /tmp/setup 2>&1 < /dev/null
  local rc=$?
  cat /tmp/setup
  echo "exit code $rc"
  return $rc
}

scripted() { setup --yes --envelope --pcrs 0,2 --source /secret.encrypted --mount-point /secret "$@"; }

unchanged() { state | diff /tmp/before -; }

# All that is missing at once, and how to go on.
not_ready() {
  scripted
  [ $? = 1 ] && grep -q 'no ecryptfsd is running' /tmp/setup && grep -q 'tcsd is not running' /tmp/setup &&
    grep -q 'the TPM has no owner' /tmp/setup && grep -q -- '--take-ownership' /tmp/setup && unchanged
}

scripted_run() {
  scripted --take-ownership --recovery-passphrase-file /root/recovery --encrypted-swap /dev/loop7 && mountpoint /secret &&
    cat $CONFIG && grep -q '^ok .*boot-config' <(ecryptfs-doctor)
}

passphrase_is_nowhere() { not grep -r 'correct horse' /etc/ecryptfsj /var/lib/ecryptfsj /root/.ecryptfs /etc/default; }

configuration_mounts() {
  # shellcheck source=/dev/null
  . $CONFIG
  umount /secret && [ -z "$(keyctl rlist @u)" ] &&
    mount -t ecryptfs -o "key=tspi:tspi_uuid=$TSPI_UUID,$MOUNT_OPTIONS" "$SRC_PATH" "$MOUNT_POINT" &&
    grep ' /secret ecryptfs ' /proc/mounts | tee /tmp/mounted && [ "$(grep -o 'ecryptfs_sig=' /tmp/mounted | wc -l)" = 2 ] &&
    echo kept > /secret/kept
}

# Without the daemon, and so without the TPM.
recovery_opens() {
  umount /secret && keyctl clear @u && drop_caches && kill -STOP "$(ecryptfsd_pid)" &&
    mount -t ecryptfs -o key=passphrase:passphrase_passwd_file=/root/recovery,ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,no_sig_cache /secret.encrypted /secret &&
    [ "$(cat /secret/kept)" = kept ] && umount /secret &&
    [ "$(ecryptfs-cat --passphrase-file /root/recovery /secret.encrypted/kept)" = kept ]
  local rc=$?
  kill -CONT "$(ecryptfsd_pid)"
  return $rc
}

again() {
  local keys
  keys=$(keys_in_storage)
  scripted && grep -q 'is already set up' /tmp/setup && [ "$(keys_in_storage)" = "$keys" ]
}

undo_keeps_the_key() {
  setup --undo
  [ $? = 1 ] && grep -q 'stays, because it encrypts the files in /secret.encrypted' /tmp/setup && [ -s $JOURNAL ] &&
    [ ! -e $CONFIG ] && ! mountpoint -q /secret && [ "$(swapon --show=NAME --noheadings)" = /dev/loop7 ]
}

undo() { setup --undo && unchanged && [ ! -e $JOURNAL ]; }

undo_without_these() { rm /secret.encrypted/* && undo; }

with_key_file() {
  setup --yes --pcrs 0,2 --source /secret.encrypted --mount-point /secret && mountpoint /secret && cat $CONFIG &&
    grep -qx 'KEY_FILE="/etc/ecryptfsj/keys/secret.key"' $CONFIG && not grep -q '^TSPI_UUID=.' $CONFIG &&
    [ "$(stat -c '%U %a' /etc/ecryptfsj/keys/secret.key)" = 'root 600' ] && echo kept > /secret/kept
}

code_is_printed_once() {
  local code
  code=$(recovery_codes /tmp/setup)
  [ "$(wc -l <<< "$code")" = 1 ] && [ -n "$code" ] && not grep -rq "$code" /etc /var/lib/ecryptfsj /root/.ecryptfs /var/log || return 1
  umount /secret && stop_tcsd
  mount -t ecryptfs -o key=keyfile:keyfile=/etc/ecryptfsj/keys/secret.key /secret.encrypted /secret <<< "$code" &&
    [ "$(cat /secret/kept)" = kept ]
  local rc=$?
  start_tcsd
  return $rc
}

undo_keeps_the_key_file() {
  setup --undo
  [ $? = 1 ] && [ -s /etc/ecryptfsj/keys/secret.key ] && grep -q 'secret.key' /tmp/setup && [ -s $JOURNAL ] && not mountpoint -q /secret
}

swap_on_loop() {
  modprobe loop && modprobe dm_crypt && truncate -s 16M /swap && losetup /dev/loop7 /swap && mkswap /dev/loop7 &&
    echo '/dev/loop7 none swap sw 0 0' > /etc/fstab && : > /etc/crypttab && swapon /dev/loop7
}

fails_in_the_middle() {
  printf '%s\n' '#!/bin/sh' 'echo no mount today' 'exit 32' > /usr/local/bin/mount
  chmod 755 /usr/local/bin/mount
  PATH=/usr/local/bin:$PATH scripted
  local rc=$?
  rm /usr/local/bin/mount
  [ $rc = 1 ] && grep -q 'no mount today' /tmp/setup && grep -q 'All earlier steps were rolled back' /tmp/setup &&
    unchanged && [ ! -e $JOURNAL ]
}

asked_and_declined() {
  expect "$here/dialogue.exp" /tmp/asked ecryptfs-setup-tpm --envelope --source /secret.encrypted --mount-point /secret --pcrs none -- \
    'Encrypt all swap [y]: ' n 'Set a recovery passphrase [y]: ' y '16 characters or more): ' 'correct horse battery' \
    'Recovery passphrase (again): ' 'correct horse battery' 'Perform these steps [n]: ' n
  local rc=$?
  cat /tmp/asked
  [ $rc = 0 ] && grep -q '^  1. create the directory /secret.encrypted (mode 700)' /tmp/asked &&
    grep -q 'Nothing was changed' /tmp/asked && ! grep -q horse /tmp/asked && unchanged
}

kek_files() { find /root/.ecryptfs/kek -type f 2> /dev/null | wc -l; }

# In the form that ecryptfs-utils reads.
asked() {
  local keks
  keks=$(kek_files)
  expect "$here/dialogue.exp" /tmp/asked ecryptfs-setup-tpm --direct -- \
    'encrypted files [/secret.encrypted]: ' '' 'Mount point [/secret]: ' /secret.plain 'or none [0,2,3]: ' 2 \
    'Encrypt all swap [y]: ' n 'Set a recovery passphrase [y]: ' n 'Perform these steps [n]: ' y
  local rc=$?
  cat /tmp/asked
  [ $rc = 0 ] && mountpoint /secret.plain && grep -q 'PCR 2  [0-9a-f]\{40\}  the firmware of expansion cards' /tmp/asked &&
    [ "$(kek_files)" = "$keks" ]
}

use_ours
printf 'passphrase_passwd=correct horse battery\n' > /root/recovery && chmod 600 /root/recovery
# In place of the package's script; it is enabled and never run.
printf '%s\n' '#!/bin/sh' '### BEGIN INIT INFO' '# Provides: ecryptfs-tpm-mount' '# Required-Start: $local_fs' \
  '# Required-Stop: $local_fs' '# Default-Start: 2 3 4 5' '# Default-Stop: 0 1 6' '# Short-Description: mount' \
  '### END INIT INFO' > /etc/init.d/ecryptfs-tpm-mount
chmod 755 /etc/init.d/ecryptfs-tpm-mount
load_ecryptfs
swap_on_loop
state > /tmp/before
check "everything missing on the machine is listed, and nothing is changed" not_ready
start_tcsd
start_ecryptfsd
check "a scripted run in envelope mode takes ownership, makes the key, seals the passphrase, encrypts swap, and mounts" scripted_run
check "no file has the passphrase in plain text" passphrase_is_nowhere
check "the boot configuration mounts, with both keys" configuration_mounts
check "the recovery passphrase alone opens what was written, by a mount and without" recovery_opens
check "run again, nothing is done twice" again
check "undo keeps the key that files need, and says so" undo_keeps_the_key
check "without these files it leaves nothing" undo_without_these
check "by default a key file is made with a recovery code, and mounted" with_key_file
check "the code is printed once, is in no file, and mounts without the TPM" code_is_printed_once
check "undo keeps the key file that files need, and says so" undo_keeps_the_key_file
check "without these files it leaves nothing here too" undo_without_these
check "a failed mount is rolled back" fails_in_the_middle
check "asked at a terminal: a no changes nothing, and the passphrase is not shown" asked_and_declined
check "at a terminal: yes sets up, readable by ecryptfs-utils if chosen" asked
check "and undo leaves nothing" undo
stop_ecryptfsd
finish
