#!/bin/bash
# Mounts that cannot work: each is refused with its reason and exit code, and leaves no key and no file changed.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
here=$(dirname "$0")
# shellcheck source=tests/vm/scenario.sh
. "$here/scenario.sh"
KEY=key=passphrase:passphrase_passwd_file=/tmp/passphrase
LINE=ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n
QUIET=$LINE,no_sig_cache

keys() { keyctl show @u | sed 's/^ *[0-9]* //'; }

state() {
  keys
  find /root /lower /secret /full -xdev -printf '%p %s %m\n' | sort
  grep ecryptfs /proc/mounts
}

# refused CODE PATTERN COMMAND...: it fails so, saying so, and changes nothing.
refused() {
  local code=$1 pattern=$2 rc
  shift 2
  state > /tmp/before
  "$@" < /dev/null > /tmp/refused 2>&1
  rc=$?
  cat /tmp/refused
  state > /tmp/after
  echo "exit code $rc"
  grep -Eq -- "$pattern" /tmp/refused && [ $rc = "$code" ] && diff /tmp/before /tmp/after
}

ecryptfs() { mount -t ecryptfs -o "$@"; } # options lower mountpoint

# Remembers the key, and is refused by the kernel only then.
dialogue_before_failure() {
  expect "$here/dialogue.exp" /tmp/typed mount -t ecryptfs -o "$KEY,${LINE/aes/cast6}" /lower /secret -- \
    '(yes/no)? : ' yes '(yes/no)? : ' yes
  local rc=$?
  cat /tmp/typed
  return $rc
}

full_keyring() {
  local limit before
  limit=$(< /proc/sys/kernel/keys/root_maxbytes)
  before=$(awk '$1 == "0:" {split($5, bytes, "/"); print bytes[1]}' /proc/key-users)
  echo "$before" > /proc/sys/kernel/keys/root_maxbytes
  refused 251 'the keyring is full' ecryptfs "$KEY,$QUIET" /lower /secret
  local rc=$?
  echo "$limit" > /proc/sys/kernel/keys/root_maxbytes
  return $rc
}

key_in_use_stays() {
  ecryptfs "$KEY,$QUIET" /lower /secret && ecryptfs "$KEY,$QUIET" /lower2 /secret2 || return 1
  umount /secret && keys && [ "$(keyctl rlist @u | wc -w)" = 1 ] && echo there > /secret2/file &&
    umount /secret2 && keys && [ -z "$(keyctl rlist @u)" ]
}

mkdir -p /lower /secret /lower2 /secret2 /full
mkdir -m 700 /root/.ecryptfs /root/.trousers
# libtspi makes an empty storage by itself when it is used first.
install -m 600 /dev/null /root/.trousers/user.data
touch /full/file
printf 'passphrase_passwd=correct horse\n' > /tmp/passphrase && chmod 600 /tmp/passphrase
printf 'passphrase_passwd=x\n' > /tmp/open && chmod 666 /tmp/open
printf 'passphrase_passwd=x\n' > /tmp/readable && chmod 644 /tmp/readable
use_ours
keyctl link @u @s

echo 'install ecryptfs /bin/false' > /etc/modprobe.d/no-ecryptfs.conf
check "a kernel without eCryptfs is reported with the next step" \
  refused 255 'the running kernel has no eCryptfs' ecryptfs "$KEY,$QUIET" /lower /secret
rm /etc/modprobe.d/no-ecryptfs.conf
check "the kernel's module is loaded when it is needed" ecryptfs "$KEY,$QUIET" /lower /secret
check "what is mounted already is not mounted a second time" \
  refused 255 '/secret is already an eCryptfs mount of /lower' ecryptfs "$KEY,$QUIET" /lower /secret
mkdir /secret/inside
check "a lower directory in an eCryptfs mount is refused" \
  refused 255 'is itself in an eCryptfs mount' ecryptfs "$KEY,$QUIET" /secret/inside /secret2
umount /secret

check "a misspelt option is refused with what was meant" \
  refused 234 'did you mean ecryptfs_cipher\?' ecryptfs "$KEY,${QUIET/cipher/cypher}" /lower /secret
check "a cipher that eCryptfs has not is refused with those it has" \
  refused 234 'one of aes, blowfish' ecryptfs "$KEY,${QUIET/aes/rot13}" /lower /secret
for module in cast6_generic cast6_avx_x86_64; do
  echo "install $module /bin/false"
done > /etc/modprobe.d/no-cast6.conf
check "a cipher that the kernel has not is named when the mount fails" \
  refused 255 'the running kernel has no cipher cast6' ecryptfs "$KEY,${QUIET/aes/cast6}" /lower /secret
check "a key that was to be remembered is not when the mount fails" \
  refused 255 'Error mounting eCryptfs: \[-1\] Operation not permitted' dialogue_before_failure
check "a lower directory that does not exist is refused" \
  refused 254 'the lower directory /nowhere does not exist' ecryptfs "$KEY,$QUIET" /nowhere /secret
check "a mount point that holds something is refused" \
  refused 234 '/full is not empty' ecryptfs "$KEY,$QUIET" /lower /full
check "a passphrase file that anybody may write to is refused" \
  refused 234 'others may write to /tmp/open' ecryptfs "${KEY/passphrase_passwd_file=*/passphrase_passwd_file=/tmp/open},$QUIET" /lower /secret
check "nor one that others may read, as the C tools take it" \
  refused 234 'chmod 600 /tmp/readable' ecryptfs "${KEY/passphrase_passwd_file=*/passphrase_passwd_file=/tmp/readable},$QUIET" /lower /secret
check "a TPM key without tcsd says to start it" \
  refused 251 'start tcsd' ecryptfs "key=tspi:tspi_uuid=00112233445566778899aabbccddeeff,$QUIET" /lower /secret
check "a key that is not in the keyring is refused before the mount" \
  refused 255 'key 0011223344556677 is not in your keyring' ecryptfs "sig=0011223344556677,$QUIET" /lower /secret
check "a passphrase that gives another key than the one named is reported" \
  refused 255 'check the passphrase' ecryptfs "$KEY,ecryptfs_sig=0011223344556677,$QUIET" /lower /secret
check "a full keyring is reported" full_keyring
check "the end of the input at a question ends the mount" \
  refused 234 'Aborting mount' ecryptfs "$KEY,$LINE" /lower /secret
check "a fake mount does everything but mount" refused 0 'ecryptfs_sig=' mount -f -t ecryptfs -o "$KEY,$QUIET" /lower /secret
check "a key that another mount needs stays until that is gone" key_in_use_stays
check "an unmount of what is not mounted fails as umount(8) does" refused 32 'not mounted' umount.ecryptfs /lower
finish
