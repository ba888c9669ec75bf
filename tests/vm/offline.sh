#!/bin/bash
# Trees written through the real kernel come back byte for byte without it: the offline reader, for each kind of key,
# cipher and metadata, and what it says when it cannot. The disk takes extended attributes, which the rest does not.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
UUID_FILE=/tmp/uuid
PASSPHRASE=/tmp/passphrase
FIXED=ecryptfs_passthrough=n,no_sig_cache

# mount_lower LOWER OPTIONS: at /secret, with the passphrase in $PASSPHRASE.
mount_lower() {
  mkdir -p "$1"
  mount -t ecryptfs -o "key=passphrase:passphrase_passwd_file=$PASSPHRASE,$FIXED,$2" "$1" /secret < /dev/null 2>&1 |
    tee "$LAST_OUTPUT"
  return "${PIPESTATUS[0]}"
}

# What a tree is made of: sizes around an extent, a hole, a directory, links and a name that is not ASCII.
make_tree() {
  mkdir -p /plain/dir/deeper
  for size in 0 1 4095 4096 4097 1048577; do
    head -c $size /dev/urandom > "/plain/$size"
  done
  truncate -s 300000 /plain/sparse
  echo end >> /plain/sparse
  echo deep > '/plain/dir/deeper/grüße und mehr'
  ln -s dir/deeper /plain/link
  chmod 640 /plain/4095
  chmod 500 /plain/dir/deeper
}

# write_tree: through the mount at /secret, which is then unmounted.
write_tree() {
  cp -a --sparse=always /plain/. /secret/
  local rc=$?
  umount /secret && return $rc
}

# same_tree OUT: contents, names, links, owners and modes.
same_tree() {
  diff -r --no-dereference --exclude '.ecryptfs-decrypt.*' /plain "$1" || return 1
  (cd /plain && find . -mindepth 1 ! -type l -printf '%p %m %U\n' | sort) > /tmp/expected
  (cd "$1" && find . -mindepth 1 ! -type l ! -name '.ecryptfs-decrypt.*' -printf '%p %m %U\n' | sort) |
    diff /tmp/expected -
}

# comes_back LOWER OPTIONS...: decrypted without a mount, to the directory of its name in /out.
comes_back() {
  local lower=$1
  shift
  ecryptfs-decrypt "$@" "$lower" "/out/${lower##*/}" && same_tree "/out/${lower##*/}"
}

# The kernel writes contents after it has set a time, so that it is the lower file's that counts.
times_are_kept() {
  (cd /aes16 && find . -mindepth 1 ! -type l -printf '%p %T@\n' | sort) > /tmp/expected
  (cd /out/aes16 && find . -mindepth 1 ! -type l ! -name '.ecryptfs-decrypt.*' -printf '%p %T@\n' | sort) |
    diff /tmp/expected -
}

sparse_is_sparse() {
  [ "$(stat -c %b /out/aes16/sparse)" -lt 100 ]
}

# The key of encrypted names is made by the C tool.
mount_with_names() { # lower, key bytes
  local sig
  sig=$(sed 's/^passphrase_passwd=//' $PASSPHRASE | /usr/bin/ecryptfs-add-passphrase --fnek - |
    sed -n 's/.*sig \[\([0-9a-f]*\)\].*/\1/p' | tail -n 1)
  mount_lower "$1" "ecryptfs_cipher=aes,ecryptfs_key_bytes=$2,ecryptfs_fnek_sig=$sig,ecryptfs_fn_key_bytes=$2"
}

names_are_hidden() { [ -z "$(find "$1" -mindepth 1 ! -name 'ECRYPTFS_FNEK_ENCRYPTED.*')" ]; }

listed() {
  ecryptfs-decrypt --list --passphrase-file $PASSPHRASE /names > /tmp/list || return 1
  cat /tmp/list
  grep -qx 'dir/deeper/grüße und mehr' /tmp/list && grep -qx 'link -> dir/deeper' /tmp/list
}

# sound LOWER OPTIONS...: with all contents read.
sound() {
  local lower=$1
  shift
  ecryptfs-check --read "$@" "$lower" 2>&1 | tee /tmp/sound
  [ "${PIPESTATUS[0]}" = 0 ] && grep -q '^sound: 0 problems' /tmp/sound
}

stat_tells_the_attribute() {
  ecryptfs-stat --json /disk/xattr/1048577 | tee /tmp/stat
  grep -q '"metadata_in":"xattr"' /tmp/stat && grep -q '"cipher":"aes"' /tmp/stat
}

keeps_full_disk_clean() {
  mkdir /small && mount -t tmpfs -o size=700k small /small || return 1
  ecryptfs-decrypt --passphrase-file $PASSPHRASE /aes16 /small/out > /tmp/full 2>&1
  local rc=$?
  cat /tmp/full
  [ $rc = 1 ] && grep -q 'no space is left' /tmp/full && ! ls /small/out/.ecryptfs-decrypt.part* 2> /dev/null &&
    [ ! -e /small/out/1048577 ] || return 1
  mount -o remount,size=4m /small
  ecryptfs-decrypt --passphrase-file $PASSPHRASE /aes16 /small/out && same_tree /small/out
}

# A file system without owners, modes and links takes what it can, and one line says what it cannot.
fat_takes_the_files() {
  modprobe -a loop vfat && truncate -s 32M /disk/fat.img && mkfs.vfat /disk/fat.img > /dev/null && mkdir /fat &&
    mount -o loop /disk/fat.img /fat || return 1
  ecryptfs-decrypt --passphrase-file $PASSPHRASE /aes16 /fat/out > /tmp/fat 2>&1
  local rc=$?
  cat /tmp/fat
  [ $rc = 1 ] && grep -q '1 failed$' /tmp/fat && grep -q 'link cannot be written: the file system has no symbolic links$' /tmp/fat &&
    [ "$(grep -c 'cannot set owner, mode or time' /tmp/fat)" = 1 ] &&
    diff -r --no-dereference --exclude '.ecryptfs-decrypt.*' --exclude link /plain /fat/out
}

fat_is_up_to_date() {
  ecryptfs-decrypt --passphrase-file $PASSPHRASE /aes16 /fat/out > /tmp/fat 2>&1
  cat /tmp/fat
  grep -q '^0 files decrypted (0 bytes), 8 up to date' /tmp/fat && umount /fat
}

cat_from_tpm() {
  ecryptfs-cat --key "tspi:tspi_uuid=$(cat $UUID_FILE)" /tpm/1048577 /tpm/4097 > /tmp/both &&
    cat /plain/1048577 /plain/4097 | cmp - /tmp/both
}

tcsd_missing_is_told() {
  ecryptfs-cat --key "tspi:tspi_uuid=$(cat $UUID_FILE)" /tpm/1 > /tmp/none 2> /tmp/told
  local rc=$?
  cat /tmp/told
  [ $rc -ne 0 ] && [ ! -s /tmp/none ] && grep -q 'tcsd' /tmp/told
}

printf 'passphrase_passwd=correct horse\n' > $PASSPHRASE && chmod 600 $PASSPHRASE
mkdir -p /secret /plain /out /tpm
use_ours
load_ecryptfs
start_tcsd
own_tpm
make_tree

check "aes with 16 bytes: mounted" mount_lower /aes16 ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_enable_filename_crypto=n
check "aes with 16 bytes: written" write_tree
check "aes with 32 bytes and encrypted names: mounted" mount_with_names /names 32
check "aes with 32 bytes and encrypted names: written" write_tree
check "no name is left readable" names_are_hidden /names
check "twofish: mounted" mount_lower /twofish ecryptfs_cipher=twofish,ecryptfs_key_bytes=32,ecryptfs_enable_filename_crypto=n
check "twofish: written" write_tree
check "metadata in the extended attribute: mounted" \
  mount_lower /disk/xattr ecryptfs_cipher=aes,ecryptfs_key_bytes=24,ecryptfs_enable_filename_crypto=n,ecryptfs_xattr
check "metadata in the extended attribute: written" write_tree
check "a TPM key is generated" generate_key -p 0
start_ecryptfsd
check "TPM key: mounted" mount_tspi /tpm /secret
check "TPM key: written" write_tree
stop_ecryptfsd

modprobe -r ecryptfs
keyctl clear @u

check "eCryptfs is gone from the kernel" not grep -qw ecryptfs /proc/filesystems
check "aes with 16 bytes: the tree is decrypted" comes_back /aes16 --passphrase-file $PASSPHRASE
check "a hole is a hole again" sparse_is_sparse
check "times are those of the lower files" times_are_kept
check "aes with 32 bytes and encrypted names: the tree is decrypted" comes_back /names --passphrase-file $PASSPHRASE
check "names and targets are listed" listed
check "twofish: the tree is decrypted" comes_back /twofish --passphrase-file $PASSPHRASE
check "metadata in the extended attribute: the tree is decrypted" comes_back /disk/xattr --passphrase-file $PASSPHRASE
for lower in /aes16 /names /twofish /disk/xattr; do
  check "ecryptfs-check reads the contents of $lower and finds it sound" sound $lower --passphrase-file $PASSPHRASE
done
check "ecryptfs-stat reports metadata in the extended attribute" stat_tells_the_attribute
check "TPM key: the tree is decrypted without the daemon" comes_back /tpm --key "tspi:tspi_uuid=$(cat $UUID_FILE)"
check "TPM key: ecryptfs-cat prints files" cat_from_tpm
check "a full disk is reported, no partial file remains, and the next run continues" keeps_full_disk_clean
check "a file system without owners, modes and links takes the files, and one line says what it cannot have" fat_takes_the_files
check "all of them are up to date there in the next run" fat_is_up_to_date
stop_tcsd
check "without tcsd a TPM file says what is missing" tcsd_missing_is_told
finish
