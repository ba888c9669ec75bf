#!/bin/bash
# Passphrase mounts whose key only the kernel holds (the option kernel_key): as a mount with a token, but no process can read the
# key. No TPM, no tcsd, no daemon.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
LINE=ecryptfs_cipher=aes,ecryptfs_key_bytes=32,ecryptfs_passthrough=n,no_sig_cache
# The signature of the passphrase below with the default salt.
NAMES=ecryptfs_enable_filename_crypto=y,ecryptfs_fnek_sig=ffd652511eaff04a

# mount_with OPTIONS LOWER TARGET
mount_with() {
  mount -t ecryptfs -o "key=passphrase:passphrase_passwd_file=/tmp/passphrase,$LINE,$1" "$2" "$3" < /dev/null 2>&1 |
    tee "$LAST_OUTPUT"
  return "${PIPESTATUS[0]}"
}

kernel_mount() { mount_with "kernel_key,$NAMES" /lower /secret; }

# Made of another passphrase; with it files would be encrypted with another key.
planted_token_is_not_used() {
  local sig token
  sig=$(signature)
  umount /secret
  token=$(head -c 740 /dev/zero | keyctl padd user "$sig" @u) || return 1
  kernel_mount && [ "$(cat /secret/file)" = held ]
  local rc=$?
  keyctl unlink "$token" @u
  return $rc
}

c_reads() {
  use_c_peer
  umount /secret
  mount_with "$NAMES" /lower /secret &&
    [ "$(cat /secret/file)" = held ] && echo 'of the C tools' > /secret/c
  local rc=$?
  umount /secret
  keyctl clear @u
  use_ours
  return $rc
}

reads_c() { kernel_mount && [ "$(cat /secret/c)" = 'of the C tools' ]; }

another_user_cannot_revoke() { refused setpriv --reuid 1000 --regid 1000 --clear-groups keyctl revoke "$(serial)"; }

revoked_by_root() {
  drop_caches
  cat /secret/file && keyctl revoke "$(serial)" || return 1
  [ "$(cat /secret/file)" = held ] || return 1
  not cat /secret/theirs && not eval ': > /secret/new'
}

works_again_after_a_remount() { umount /secret && kernel_mount && [ "$(cat /secret/theirs)" = theirs ]; }

gone_with_the_mount() {
  local key
  key=$(serial) || return 1
  umount /secret && wait_until 20 not keyctl describe "$key"
}

two_mounts_are_independent() {
  kernel_mount && mount_with "kernel_key,$NAMES" /lower /again || return 1
  umount /again && drop_caches && [ "$(cat /secret/file)" = held ] && umount /secret
}

refuses() { # sentence, command...
  local sentence=$1
  shift
  "$@" > /tmp/refusal 2>&1 && return 1
  cat /tmp/refusal
  grep -q 'What to do:' /tmp/refusal && grep -q -- "$sentence" /tmp/refusal && not mountpoint -q /secret
}

printf 'passphrase_passwd=correct horse\n' > /tmp/passphrase && chmod 600 /tmp/passphrase
mkdir -p /lower /secret /again
load_ecryptfs
use_ours
check "mounted with encrypted names, and no daemon runs" eval 'kernel_mount && not pgrep -x ecryptfsd'
check "a file is written and read" eval 'echo held > /secret/file && drop_caches && [ "$(cat /secret/file)" = held ]'
check "its name is encrypted" names_are_encrypted /lower
check "no keyring has a token" no_token
check "the key cannot be read, linked, given away or opened up, also with a planted master key" cannot_be_read
check "a planted token of the same signature is not used" planted_token_is_not_used
check "another user opens and creates files" another_user_works
check "the C tools read the files with the same passphrase" c_reads
check "and their files are read" reads_c
check "another user cannot revoke the key" another_user_cannot_revoke
check "root revokes it: files in the cache can be read, others cannot be opened or created" revoked_by_root
check "after unmounting and mounting all works again" works_again_after_a_remount
check "the key is gone after unmounting" gone_with_the_mount
check "of two mounts of one directory each has its own key" two_mounts_are_independent
check "without root it is refused before the prompt for a passphrase" refuses 'only root may mount with kernel_key' \
  setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/tmp "$MICROVM_DIST/sbin/mount.ecryptfs" /lower /secret -o \
  "key=passphrase:passphrase_passwd_fd=0,$LINE,kernel_key,ecryptfs_enable_filename_crypto=n,verbosity=0"
check "with names of a key that is not made here it is refused" refuses 'needs the passphrase of every key' \
  mount_with kernel_key,ecryptfs_enable_filename_crypto=y,ecryptfs_fnek_sig=0123456789abcdef /lower /secret
finish
