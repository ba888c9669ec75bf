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

scripted() { setup --yes --pcrs 0,2 --source /secret.encrypted --mount-point /secret "$@"; }

unchanged() { state | diff /tmp/before -; }

not_ready() {
  setup --dry-run --pcrs 0 --source /secret.encrypted --mount-point /secret
  [ $? = 1 ] && grep -q 'no ecryptfsd is running' /tmp/setup && grep -q 'tcsd is not running' /tmp/setup && unchanged
}

without_owner() {
  scripted
  [ $? = 1 ] && grep -q 'the TPM has no owner' /tmp/setup && grep -q -- '--take-ownership' /tmp/setup && unchanged
}

dry_run() {
  setup --dry-run --pcrs 0,2 --source /secret.encrypted --mount-point /secret --recovery-passphrase-file /root/recovery &&
    grep -q '^  1. make the directory /secret.encrypted (mode 700)$' /tmp/setup &&
    grep -q 'make a key in the TPM, bound to PCRs 0, 2' /tmp/setup && unchanged && [ ! -e $JOURNAL ]
}

scripted_run() {
  scripted --recovery-passphrase-file /root/recovery --encrypted-swap /dev/loop7 && mountpoint /secret && cat $CONFIG &&
    grep -q '^ok .*boot-config' <(ecryptfs-doctor)
}

configuration_mounts() {
  # shellcheck source=/dev/null
  . $CONFIG
  umount /secret && [ -z "$(keyctl rlist @u)" ] &&
    mount -t ecryptfs -o "key=tspi:tspi_uuid=$TSPI_UUID,$MOUNT_OPTIONS" "$SRC_PATH" "$MOUNT_POINT" &&
    grep ' /secret ecryptfs ' /proc/mounts | tee /tmp/mounted && [ "$(grep -o 'ecryptfs_sig=' /tmp/mounted | wc -l)" = 2 ] &&
    echo kept > /secret/kept
}

both_keys_open() {
  umount /secret && stop_ecryptfsd && keyctl clear @u && drop_caches &&
    mount -t ecryptfs -o key=passphrase:passphrase_passwd_file=/root/recovery,ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,no_sig_cache /secret.encrypted /secret &&
    [ "$(cat /secret/kept)" = kept ] && umount /secret &&
    [ "$(ecryptfs-cat --passphrase-file /root/recovery /secret.encrypted/kept)" = kept ] && start_ecryptfsd
}

passphrase_is_nowhere() { ! grep -r 'correct horse' /etc/ecryptfsj /var/lib/ecryptfsj /root/.ecryptfs /etc/default; }

again() {
  local keys
  keys=$(keys_in_storage)
  scripted
  grep -q 'is set up already' /tmp/setup && [ "$(keys_in_storage)" = "$keys" ]
}

another_is_refused() {
  setup --yes --pcrs 0 --source /other --mount-point /other
  [ $? = 1 ] && grep -q '/secret.encrypted is set up already' /tmp/setup && [ ! -e /other ]
}

undo_keeps_the_key() {
  setup --undo
  [ $? = 1 ] && grep -q 'stays, because what is in /secret.encrypted can be read with it' /tmp/setup && [ -s $JOURNAL ] &&
    [ ! -e $CONFIG ] && ! mountpoint -q /secret && [ "$(swapon --show=NAME --noheadings)" = /dev/loop7 ]
}

undo() { setup --undo && unchanged && [ ! -e $JOURNAL ]; }

swap_on_loop() {
  modprobe loop && modprobe dm_crypt && truncate -s 16M /swap && losetup /dev/loop7 /swap && mkswap /dev/loop7 &&
    echo '/dev/loop7 none swap sw 0 0' > /etc/fstab && : > /etc/crypttab && swapon /dev/loop7
}

# The mount fails, because its cipher is not to be had: all is taken back.
fails_in_the_middle() {
  printf '%s\n' '#!/bin/sh' 'echo no mount today' 'exit 32' > /usr/local/bin/mount
  chmod 755 /usr/local/bin/mount
  PATH=/usr/local/bin:$PATH scripted
  local rc=$?
  rm /usr/local/bin/mount
  [ $rc = 1 ] && grep -q 'no mount today' /tmp/setup && grep -q 'All that was done before is taken back' /tmp/setup &&
    unchanged && [ ! -e $JOURNAL ]
}

asked() {
  expect "$here/dialogue.exp" /tmp/asked ecryptfs-setup-tpm -- \
    'encrypted files [/secret.encrypted]: ' '' 'read them at [/secret]: ' /secret.plain 'or none [0,2,3]: ' 2 \
    'Encrypt all swap too [y]: ' n 'Set a recovery passphrase [y]: ' n 'Do all this [n]: ' y
  local rc=$?
  cat /tmp/asked
  [ $rc = 0 ] && mountpoint /secret.plain && grep -q 'PCR 2  [0-9a-f]\{40\}  the firmware of added cards' /tmp/asked
}

asked_and_declined() {
  expect "$here/dialogue.exp" /tmp/asked ecryptfs-setup-tpm --source /secret.encrypted --mount-point /secret --pcrs none --direct -- \
    'Encrypt all swap too [y]: ' n 'Set a recovery passphrase [y]: ' y '16 characters or more): ' 'correct horse battery' \
    'The same again: ' 'correct horse battery' 'Do all this [n]: ' n
  local rc=$?
  cat /tmp/asked
  [ $rc = 0 ] && grep -q 'Nothing was changed' /tmp/asked && ! grep -q horse /tmp/asked && unchanged
}

direct_run() { scripted --direct --json | tail -n 2 && grep -q '"mode":"direct"' /tmp/setup && [ "$(stat -c %s /root/.ecryptfs/kek/* 2> /dev/null | wc -l)" = "$1" ]; }

use_ours
printf 'passphrase_passwd=correct horse battery\n' > /root/recovery && chmod 600 /root/recovery
# Stands for the package's, which only has to be there to be enabled.
printf '%s\n' '#!/bin/sh' '### BEGIN INIT INFO' '# Provides: ecryptfs-tpm-mount' '# Required-Start: $local_fs' \
  '# Required-Stop: $local_fs' '# Default-Start: 2 3 4 5' '# Default-Stop: 0 1 6' '# Short-Description: mount' \
  '### END INIT INFO' > /etc/init.d/ecryptfs-tpm-mount
chmod 755 /etc/init.d/ecryptfs-tpm-mount
echo 'options ecryptfs ecryptfs_message_wait_timeout=60' > /etc/modprobe.d/ecryptfs-test.conf
load_ecryptfs
swap_on_loop
state > /tmp/before
check "a machine that is not ready is told what is missing" not_ready
start_tcsd
start_ecryptfsd
check "a TPM without an owner stops it, and it says how to go on" without_owner
check "a dry run, once there is an owner, shows each step and changes nothing" eval 'own_tpm && dry_run'
check "a scripted run makes the key, seals the passphrase, encrypts swap, and mounts" scripted_run
check "the boot configuration mounts, with both keys" configuration_mounts
check "the recovery passphrase alone opens what was written, by a mount and without" both_keys_open
check "the passphrase stands nowhere in plain text" passphrase_is_nowhere
check "run again, nothing is done twice" again
check "another directory is refused" another_is_refused
check "undo keeps the key that files need, and says so" undo_keeps_the_key
rm -f /secret.encrypted/*
check "without these files undo leaves nothing" undo
check "a mount that fails has all taken back" fails_in_the_middle
check "asked at a terminal: a no changes nothing, and the passphrase is not shown" asked_and_declined
check "asked at a terminal: a yes sets up" asked
check "and undo leaves nothing" undo
check "files that ecryptfs-utils can read, if told so" direct_run "$(find /root/.ecryptfs/kek -type f 2> /dev/null | wc -l)"
check "and undo leaves nothing" undo
stop_ecryptfsd
finish
