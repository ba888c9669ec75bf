#!/bin/bash
# The mount dialogue typed into the C helper and into ours, with the same lines; and the other ways to give mount options.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
here=$(dirname "$0")
# shellcheck source=tests/vm/scenario.sh
. "$here/scenario.sh"
UUID_FILE=/tmp/uuid
LINE=ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n
CACHE=/root/.ecryptfs/sig-cache.txt

# What differs on purpose: ours shows which ciphers are loaded, as the blueprint does, and may have more key modules.
plain() { # transcript
  tr -d '\r' < "$1" | sed -E 's/ \((not )?loaded\)$//; /^ [3-9]\) (openssl|pkcs11)/d'
}

same_transcript() { # name
  plain "/tmp/C.$1" > "/tmp/C.$1.plain"
  plain "/tmp/ours.$1" > "/tmp/ours.$1.plain"
  cat "/tmp/ours.$1"
  diff "/tmp/C.$1.plain" "/tmp/ours.$1.plain"
}

forget() { rm -rf /root/.ecryptfs /root/.ecryptfsrc; }

type_passphrase() { # encrypting file names, and remembering the key
  forget
  expect "$here/dialogue.exp" "/tmp/$peer.passphrase" mount -t ecryptfs /secret /secret -- \
    'Selection: ' passphrase 'Passphrase: ' 'correct horse' 'Selection [aes]: ' 1 'Selection [16]: ' 32 \
    '(y/n) [n]: ' n '(y/n) [n]: ' y 'Signature [' '' '(yes/no)? : ' yes '(yes/no)? : ' yes &&
    mountpoint -q /secret && [ "$(wc -l < $CACHE)" = 1 ]
}

type_tspi() { # with answers that are none in between, and not remembering the key
  forget
  expect "$here/dialogue.exp" "/tmp/$peer.tspi" mount -t ecryptfs /secret /secret -- \
    'Selection: ' nothing 'Selection: ' 1 'tspi_uuid: ' "$(cat $UUID_FILE)" 'Selection [aes]: ' 9 'Selection [aes]: ' '' \
    'Selection [16]: ' '' '(y/n) [n]: ' perhaps '(y/n) [n]: ' '' '(y/n) [n]: ' n \
    '(yes/no)? : ' y '(yes/no)? : ' yes '(yes/no)? : ' no &&
    mountpoint -q /secret && [ ! -s $CACHE ]
}

type_no() {
  forget
  expect "$here/dialogue.exp" "/tmp/$peer.no" mount -t ecryptfs -o "key=passphrase:passphrase_passwd_file=/tmp/passphrase,$LINE" \
    /secret /secret -- '(yes/no)? : ' no && not mountpoint -q /secret && [ ! -s $CACHE ]
}

writes_and_ends() { round_trip "$1" && umount /secret && not grep -q "$1" /secret/file && no_keys; }

reads_and_ends() { [ "$(cat /secret/file)" = "$1" ] && umount /secret && no_keys; }

no_keys() { [ "$(keyctl rlist @u)" = '' ] || { keyctl show @u && false; }; }

prints() { # name, command: run without a terminal
  local name=$1
  shift
  "$@" < /dev/null > "/tmp/$peer.$name" 2>&1 || { cat "/tmp/$peer.$name" && false; }
}

boot_line() {
  forget
  prints boot mount -t ecryptfs -o "rw,nosuid,key=tspi:tspi_uuid=$(cat $UUID_FILE),$LINE,no_sig_cache" /secret /secret &&
    grep -q '^/secret /secret ecryptfs rw,nosuid,' /proc/mounts
}

fstab_line() {
  echo "/secret /secret ecryptfs noauto,key=passphrase:passphrase_passwd_file=/tmp/passphrase,$LINE,no_sig_cache 0 0" \
    > /etc/fstab
  prints fstab mount /secret
}

rc_file() {
  mkdir -p /lower /other
  {
    printf '%s\n' key=passphrase passphrase_passwd_file=/tmp/passphrase
    tr , '\n' <<< "$LINE,salt=00112233445566aa"
  } > /root/.ecryptfsrc
  prints rc mount -t ecryptfs -o no_sig_cache /lower /other
  local rc=$?
  forget
  return $rc
}

from_descriptor() {
  mount -t ecryptfs -o "key=passphrase:passphrase_passwd_fd=5,$LINE,no_prompt" /lower /other 5< /tmp/passphrase &&
    umount /other
}

as_alice() {
  setsid runuser -u alice -- keyctl session - /bin/bash -c "keyctl link @u @s; PATH='$PATH' HOME=/home/alice; cd; $1" 2>&1
}

alice_mounts_and_unmounts() {
  as_alice 'mount secret' > /tmp/no-key
  cat /tmp/no-key
  grep -q 'Select key type' /tmp/no-key || return 1
  as_alice 'printf "correct horse" | ecryptfs-add-passphrase - && mount secret &&
    echo hers > secret/f && grep " /home/alice/secret ecryptfs .*nosuid" /proc/mounts && umount secret &&
    [ ! -s secret/f ] && [ -s lower/f ] && keyctl show @u && [ "$(keyctl rlist @u)" = "" ]'
}

mkdir -p /secret
printf 'passphrase_passwd=correct horse\n' > /tmp/passphrase && chmod 600 /tmp/passphrase
load_ecryptfs
start_tcsd
own_tpm

use_c_peer
check "C: a key is generated" generate_key -p 0
start_ecryptfsd
check "C: the blueprint's answers for a TPM key are typed" type_tspi
check "C: written" writes_and_ends "written by C"
check "C: the dialogue for a passphrase, file names encrypted, is typed" type_passphrase
echo names > /secret/names
umount /secret
check "C: no is answered" type_no
keyctl clear @u
check "C: the boot script's line mounts" boot_line
check "C: read" reads_and_ends "written by C"
check "C: mounted from fstab" fstab_line
umount /secret
check "C: defaults from ~/.ecryptfsrc" rc_file
umount /other

use_ours
check "ours: the blueprint's answers for a TPM key are typed, and mount" type_tspi
check "the transcripts for a TPM key are the same, line by line" same_transcript tspi
check "what C wrote is read, and the unmount takes the key along" reads_and_ends "written by C"
check "ours: the dialogue for a passphrase, file names encrypted, is typed" type_passphrase
check "the transcripts for a passphrase are the same, line by line" same_transcript passphrase
check "the file whose name C encrypted is there" grep -qx names /secret/names
umount /secret
check "ours: no is answered, and nothing is mounted, remembered or left in the keyring" type_no
check "no key stays in the keyring after a no" no_keys
check "the transcripts of a no are the same, line by line" same_transcript no
check "ours: the boot script's line mounts, the kernel's own options with it" boot_line
check "the boot script's line prints the same" same_transcript boot
check "files written through it work" writes_and_ends "written by ours"
check "ours: mounted from fstab" fstab_line
check "a mount from fstab prints the same" same_transcript fstab
umount /secret
check "ours: defaults from ~/.ecryptfsrc, the salt too" rc_file
check "with defaults from ~/.ecryptfsrc the key and the lines are the same" same_transcript rc
umount /other
check "a passphrase is read from an open file descriptor without a prompt" from_descriptor
mkdir /tmp/memory /plain
check "nothing of a passphrase is left in the helper's memory when it has mounted" \
  python3 -B "$here/../memory/tools.py" "$MICROVM_DIST" /tmp/memory /lower /plain
umount /plain

make_users alice
install -d -o alice -g alice /home/alice/lower /home/alice/secret
install -m 600 -o alice -g alice /tmp/passphrase /home/alice/passphrase
echo "/home/alice/lower /home/alice/secret ecryptfs user,noauto,$LINE,no_sig_cache,ecryptfs_sig=$(
  sed -n 's/.*ecryptfs_sig=//p' /tmp/C.fstab),ecryptfs_unlink_sigs 0 0" >> /etc/fstab
check "a regular user mounts by an fstab line that allows it, with the line's key only, and unmounts" \
  alice_mounts_and_unmounts
stop_ecryptfsd
finish
