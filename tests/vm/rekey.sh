#!/bin/bash
# Keys of existing trees are added and dropped: trees written through the kernel with the C helper and with ours, also while they
# are mounted and written to. The disk takes extended attributes, which the rest does not.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
UUID_FILE=/tmp/uuid
OLD=/tmp/old
NEW=/tmp/new
FIXED=ecryptfs_passthrough=n,no_sig_cache
PLAIN=ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_enable_filename_crypto=n

# mount_with PASSPHRASE-FILE LOWER OPTIONS: at /secret.
mount_with() {
  mkdir -p "$2"
  mount -t ecryptfs -o "key=passphrase:passphrase_passwd_file=$1,$FIXED,$3" "$2" /secret < /dev/null 2>&1 |
    tee "$LAST_OUTPUT"
  return "${PIPESTATUS[0]}"
}

# The key of encrypted names is made by the C tool.
mount_with_names() { # passphrase file, lower
  local sig
  sig=$(sed 's/^passphrase_passwd=//' "$1" | /usr/bin/ecryptfs-add-passphrase --fnek - |
    sed -n 's/.*sig \[\([0-9a-f]*\)\].*/\1/p' | tail -n 1)
  mount_with "$1" "$2" "ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_fnek_sig=$sig,ecryptfs_fn_key_bytes=16"
}

unmount() { umount /secret && keyctl clear @u; }

make_tree() {
  mkdir -p /plain/dir/deeper
  for size in 0 1 4095 4096 4097 1048577; do
    head -c $size /dev/urandom > "/plain/$size"
  done
  echo deep > '/plain/dir/deeper/grüße und mehr'
  ln -s dir/deeper /plain/link
}

write_tree() { cp -a /plain/. /secret/; }

same_tree() { drop_caches && diff -r --no-dereference --exclude grown --exclude shrunk /plain /secret; }

# With headers in attributes the kernel shows the lower file's size until a file is opened, so contents are compared, not sizes.
same_contents() {
  drop_caches
  (cd /plain && find . -type f -exec sha256sum {} + | sort) > /tmp/expected
  (cd /secret && find . -type f -exec sha256sum {} + | sort) | diff /tmp/expected -
}

key_of() { ecryptfs-check "$1" | sed -n 's/^[0-9]* files .*under key \([0-9a-f]*\)$/\1/p' | head -n 1; }

# rekey LOWER OPTIONS...
rekey() {
  local lower=$1
  shift
  ecryptfs-rekey --passphrase-file "$OLD" "$@" "$lower" 2>&1 | tee /tmp/rekey
  return "${PIPESTATUS[0]}"
}

# Writes to open files until /tmp/writing is gone: one grows, one is truncated and extended.
start_writer() {
  touch /tmp/writing
  (
    exec 3>> /secret/grown 4>> /tmp/grown 5<> /secret/shrunk
    local line=0
    while [ -e /tmp/writing ]; do
      line=$((line + 1))
      echo "line $line of a file that grows" >&3
      echo "line $line of a file that grows" >&4
      [ $((line % 50)) = 0 ] && truncate -s $((line * 7 % 20000)) /secret/shrunk
    done
    printf end > /secret/shrunk
  ) &
  WRITER=$!
}

stop_writer() {
  rm /tmp/writing
  wait "$WRITER"
}

# The key is added, and then the old one is dropped, while a program writes.
rekeyed_while_written() { # lower
  local old rc
  old=$(key_of "$1")
  echo one > /secret/shrunk && start_writer || return 1
  rekey "$1" --add-passphrase-file "$NEW" && rekey "$1" --add-passphrase-file "$NEW" --drop "$old"
  rc=$?
  stop_writer
  [ $rc = 0 ] && grep -q 'note: the mount at /secret uses key' /tmp/rekey &&
    grep -q '^keys dropped from [0-9]* files$' /tmp/rekey && [ "$(wc -l < /tmp/grown)" -gt 100 ]
}

written_files_are_whole() {
  drop_caches
  cmp /tmp/grown /secret/grown && [ "$(cat /secret/shrunk)" = end ]
}

names_are_refused() {
  rekey /names --add-passphrase-file "$NEW" --names && return 1
  grep -q 'names cannot be changed while the directory is mounted at /secret' /tmp/rekey
}

attributes_are_refused() {
  rekey /disk/xattr --add-passphrase-file "$NEW" && return 1
  grep -q 'the header is in the extended attribute' /tmp/rekey
}

# One of the tree's files fails with the old key.
old_key_opens_nothing() { # lower
  mount_with "$OLD" "$1" "$PLAIN" || return 1
  not cat /secret/4097
  local rc=$?
  unmount && return $rc
}

tpm_tree_becomes_a_passphrases() {
  local old
  old=$(key_of /tpm)
  ecryptfs-rekey --key "tspi:tspi_uuid=$(cat $UUID_FILE)" --add-passphrase-file "$NEW" --drop "$old" /tpm
}

printf 'passphrase_passwd=correct horse\n' > "$OLD" && chmod 600 "$OLD"
printf 'passphrase_passwd=battery staple\n' > "$NEW" && chmod 600 "$NEW"
mkdir -p /secret /plain /tpm
load_ecryptfs
make_tree

use_c_peer
check "C: a tree with encrypted names is mounted" mount_with_names "$OLD" /names
check "C: written" write_tree
use_ours
check "names are not changed while the tree is mounted" names_are_refused
check "C: unmounted" unmount
check "the keys of contents and names are replaced" rekey /names --add-passphrase-file "$NEW" --drop "$(key_of /names)" --names
use_c_peer
check "C: the tree is mounted with the new keys alone" mount_with_names "$NEW" /names
check "C: contents, names and links are the same" same_tree
check "C: unmounted again" unmount

use_ours
check "ours: a tree is mounted" mount_with "$OLD" /aes16 "$PLAIN"
check "ours: written" write_tree
check "keys are added and dropped while the tree is mounted and written to" rekeyed_while_written /aes16
check "unmounted" unmount
check "the old key opens nothing" old_key_opens_nothing /aes16
check "the tree is mounted with the new key alone" mount_with "$NEW" /aes16 "$PLAIN"
check "files that nobody wrote to are the same" same_tree
check "files that were written meanwhile are whole" written_files_are_whole
check "unmounted" unmount
check "ecryptfs-check finds the tree sound" ecryptfs-check --passphrase-file "$NEW" --read /aes16

check "headers in attributes: mounted" mount_with "$OLD" /disk/xattr "$PLAIN,ecryptfs_xattr"
check "headers in attributes: written" write_tree
check "headers in attributes are not changed while the tree is mounted" attributes_are_refused
check "headers in attributes: unmounted" unmount
check "headers in attributes: the key is replaced" rekey /disk/xattr --add-passphrase-file "$NEW" --drop "$(key_of /disk/xattr)"
check "headers in attributes: mounted with the new key" mount_with "$NEW" /disk/xattr "$PLAIN,ecryptfs_xattr"
check "headers in attributes: the same contents" same_contents
check "headers in attributes: unmounted again" unmount

start_tcsd
own_tpm
check "a TPM key is generated" generate_key -p 0
start_ecryptfsd
check "TPM key: mounted" mount_tspi /tpm /secret
check "TPM key: written" write_tree
check "TPM key: unmounted" unmount
stop_ecryptfsd
check "TPM key: a passphrase replaces it" tpm_tree_becomes_a_passphrases
check "the tree of the TPM is mounted with the passphrase" mount_with "$NEW" /tpm "$PLAIN"
check "the tree of the TPM has the same contents" same_tree
check "the tree of the TPM is unmounted" unmount
finish
