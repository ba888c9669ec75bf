#!/bin/bash
# The life of a key file: made with a TPM and a recovery code, used after a reboot and by a changed machine, bound anew, guarded
# while it is mounted, and saved from a dead board. Arguments: nothing, then after-reboot, then another-tpm, each in another run of
# one disk.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"

is_made() {
  ecryptfs-key create "$KEY" --label 'the secret' --tspi -p 0 -p 2 --recovery < /dev/null | tee /tmp/created
  [ "${PIPESTATUS[0]}" = 0 ] || return 1
  recovery_codes /tmp/created > "$CODE" && [ "$(stat -c '%U %a' "$KEY")" = 'root 600' ]
}

shows() { # pattern...
  local pattern
  ecryptfs-key show "$KEY" | tee /tmp/shown
  for pattern; do grep -Eq -- "$pattern" /tmp/shown || return 1; done
}

shows_json() {
  ecryptfs-key show --json "$KEY" | python3 -c '
import json, sys
shown = json.load(sys.stdin)
assert [p["type"] for p in shown["protectors"]] == ["tspi", "recovery"], shown
assert all(p["usable"] for p in shown["protectors"]), shown
print(shown["protectors"])'
}

writes() { echo held > /secret/file && drop_caches && [ "$(cat /secret/file)" = held ]; }

in_another_name_space() { [ "$(readlink "/proc/$1/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]; }

# The key goes with the last of the mounts, also those of containers.
key_stays_with_another_name_space() {
  local key holder rc
  key=$(serial) || return 1
  unshare -m tail -f /dev/null &
  holder=$!
  wait_until 10 in_another_name_space $holder
  umount /secret && keyctl describe "$key"
  rc=$?
  kill $holder
  wait_until 20 not keyctl describe "$key" && return $rc
}

without_the_device() { # of a kernel that has no messaging
  rm /dev/ecryptfs && mounts_alone && reads
}

cannot_open() { drop_caches && not cat /secret/file && not eval ': > /secret/new' 2> /dev/null; }

revoked_in_time() { # seconds
  local begin
  begin=$(milliseconds)
  wait_until 30 cannot_open || return 1
  echo "after $(($(milliseconds) - begin)) ms"
  [ $(($(milliseconds) - begin)) -le $(($1 * 1000)) ]
}

guarded() {
  ecryptfsctl status | tee /tmp/status
  grep -q /secret /tmp/status && grep -q "$KEY" /tmp/status
}

revoked_when_the_machine_changes() {
  extend_pcr 2
  revoked_in_time 7 && wait_until 20 logged "PCR 2.*/secret.*$KEY"
}

names_the_register() { # command...
  "$@" && return 1
  grep -E 'protector 1 \(tspi.*PCR 2' "$LAST_OUTPUT" && not mountpoint -q /secret
}

wrong_code_is_located() {
  local digit=0
  if [ "$(cut -c 7 "$CODE")" = 0 ]; then digit=1; fi
  sed "s/^\(.\{6\}\)./\1$digit/" "$CODE" > /tmp/wrong
  mount_key_file < /tmp/wrong && return 1
  grep -E 'group 2' "$LAST_OUTPUT"
}

binds_anew() {
  umount /secret
  ecryptfs-key rebind "$KEY" 1 < "$CODE" && mounts_alone && reads
}

locked() {
  ecryptfsctl lock && cannot_open && umount /secret && mounts_alone && reads
}

revoked_at_the_daemons_start() {
  stop_ecryptfsd
  extend_pcr 2
  reads || return 1
  start_ecryptfsd && wait_until 10 cannot_open
  local rc=$?
  umount /secret
  return $rc
}

c_reads() {
  ecryptfs-key export --yes "$KEY" < "$CODE" | tee /tmp/exported
  local passphrase
  passphrase=$(grep -Eo '[0-9a-f]{64}' /tmp/exported | head -n 1)
  [ -n "$passphrase" ] || return 1
  use_c_peer
  printf '%s' "$passphrase" | ecryptfs-add-passphrase --fnek - | tee /tmp/added || return 1
  local content names
  content=$(sed -n '1s/.*\[\([0-9a-f]*\)\].*/\1/p' /tmp/added)
  names=$(sed -n '2s/.*\[\([0-9a-f]*\)\].*/\1/p' /tmp/added)
  mount -i -t ecryptfs -o "ecryptfs_sig=$content,ecryptfs_fnek_sig=$names,ecryptfs_cipher=aes,ecryptfs_key_bytes=32,ecryptfs_unlink_sigs" \
    /disk/lower /secret || return 1
  [ "$(cat /secret/file)" = held ] && echo 'of the C tools' > /secret/c
  local rc=$?
  umount /secret
  keyctl clear @u
  use_ours
  return $rc
}

reads_c() { mounts_with_code && [ "$(cat /secret/c)" = 'of the C tools' ]; }

two_mounts() {
  mkdir -p /again
  mount -t ecryptfs -o "key=keyfile:keyfile=$KEY" /disk/lower /again < "$CODE" && umount /again && reads
}

imports_a_passphrase_tree() {
  mkdir -p /disk/old /old
  printf 'passphrase_passwd=correct horse\n' > /tmp/passphrase && chmod 600 /tmp/passphrase
  mount -t ecryptfs -o "key=passphrase:passphrase_passwd_file=/tmp/passphrase,$MOUNT_LINE" /disk/old /old < /dev/null &&
    echo older > /old/file && umount /old && keyctl clear @u || return 1
  ecryptfs-key import /disk/keys/old.key --key-bytes 16 --no-names --mount-passphrase-file /tmp/passphrase --recovery |
    tee /tmp/imported || return 1
  recovery_codes /tmp/imported > /tmp/old-code
  mount -t ecryptfs -o key=keyfile:keyfile=/disk/keys/old.key /disk/old /old < /tmp/old-code && [ "$(cat /old/file)" = older ] &&
    umount /old
}

# Nothing is lost when the disk with the key file is full or read-only.
refuses_to_write() {
  mkdir -p /full && mount -t tmpfs -o size=64k,mode=700 none /full && cp -p "$KEY" /full/full.key || return 1
  head -c 1M /dev/zero > /full/filler
  ecryptfs-key add /full/full.key --recovery < "$CODE" && return 1
  cmp "$KEY" /full/full.key && [ "$(find /full -name '*.new')" = '' ] || return 1
  rm /full/filler && mount -o remount,ro /full || return 1
  ecryptfs-key add /full/full.key --recovery < "$CODE" && return 1
  cmp "$KEY" /full/full.key && umount /full
}

refuses_others_files() {
  cp -p "$KEY" /tmp/others.key && chmod 666 /tmp/others.key
  mount -t ecryptfs -o key=keyfile:keyfile=/tmp/others.key /disk/lower /secret < "$CODE" > /tmp/refusal 2>&1 && return 1
  cat /tmp/refusal
  grep -q 'What to do' /tmp/refusal
}

refuses_contradictions() {
  mount_key_file ecryptfs_cipher=twofish < "$CODE" && return 1
  grep -q 'option ecryptfs_cipher cannot be given with key=keyfile' "$LAST_OUTPUT"
}

nothing_in_memory() { # protector
  python3 -B "$(dirname "$0")/../memory/key_file.py" "$1" "$MICROVM_DIST" /tmp/memory /disk/memory /memory || return 1
  if [ "$1" != make ]; then umount /memory; fi
}

memory_for_each_protector() {
  mkdir -p /disk/memory /memory
  mkdir -m 700 /tmp/memory
  nothing_in_memory make && nothing_in_memory tspi && extend_pcr 2 && nothing_in_memory openssl &&
    mv /tmp/memory/memory.pem /tmp/memory/away && nothing_in_memory passphrase && nothing_in_memory recovery
}

dead_board() {
  mounts_alone && return 1
  grep -E 'protector 1 \(tspi' "$LAST_OUTPUT"
}

another_protector() {
  ecryptfs-key add "$KEY" --tspi -p 0 -p 2 < "$CODE" && ecryptfs-key remove "$KEY" 1 < "$CODE" && mounts_alone && reads
}

last_one_stays() {
  umount /secret
  ecryptfs-key remove "$KEY" 2 < /dev/null | tee /tmp/removed
  ecryptfs-key remove "$KEY" 3 < /dev/null > /tmp/refusal 2>&1 && return 1
  cat /tmp/refusal
  grep -q 'last one' /tmp/refusal && mounts_alone && reads
}

mkdir -p /secret /disk/lower
mkdir -p /disk/keys
chmod 700 /disk/keys
load_ecryptfs
start_tcsd
use_ours
case ${1:-} in
  '')
    own_tpm
    check "a key file is made, with a TPM and a recovery code" is_made
    check "it shows both protectors, bound to PCRs 0 and 2" shows '^Protector: 1, tspi' 'PCRs 0, 2$' '^Protector: 2, recovery'
    check "and so it does for programs" shows_json
    check "it is mounted by the TPM, asks nobody, and no daemon runs" eval 'mounts_alone && not pgrep -x ecryptfsd'
    check "the mount says that nothing watches the PCRs" grep 'no ecryptfsd runs' "$LAST_OUTPUT"
    check "a file is written and read" writes
    check "its name is encrypted" names_are_encrypted /disk/lower
    check "no keyring has a token" no_token
    check "the key cannot be read, linked, given away or opened up, also with a planted master key" cannot_be_read
    check "another user opens and creates files" another_user_works
    check "a name space in which it is still mounted keeps the key" key_stays_with_another_name_space
    check "it is mounted on a kernel without messaging" without_the_device
    check "an option that the key file decides is refused" eval 'umount /secret && refuses_contradictions'
    check "a key file that others can write is refused" refuses_others_files
    check "on a full or read-only disk nothing is changed and nothing lost" refuses_to_write
    check "a tree of a passphrase mount gets a key file" imports_a_passphrase_tree
    ;;
  after-reboot)
    check "after a reboot it is mounted by the TPM" eval 'mounts_alone && reads'
    check "ecryptfsctl lock revokes the key without a daemon too" eval 'locked && not pgrep -x ecryptfsd'
    start_ecryptfsd
    check "a daemon that starts guards it" wait_until 5 guarded
    check "a changed PCR revokes the key within 7 s, and the log names both" revoked_when_the_machine_changes
    umount /secret
    check "the changed machine is refused, with the PCR named" names_the_register mounts_alone
    check "a wrong recovery code is refused, with the group named" wrong_code_is_located
    check "the recovery code mounts it" eval 'mounts_with_code && reads'
    check "rebind binds the TPM protector to the machine as it is" binds_anew
    check "ecryptfsctl lock revokes the key, and mounting again unlocks" locked
    check "a PCR that changes while no daemon runs revokes the key when one starts" revoked_at_the_daemons_start
    check "the C tools read and write with the exported passphrase" c_reads
    check "and their files are read" reads_c
    check "of two mounts of one directory each has its own key" two_mounts
    umount /secret
    stop_ecryptfsd
    check "of keys, passphrases and codes nothing is left in the helper's memory, for each protector" memory_for_each_protector
    ;;
  another-tpm)
    own_tpm
    check "with another TPM the protector is refused" dead_board
    check "the recovery code mounts it" eval 'mounts_with_code && reads && umount /secret'
    check "a protector of the new TPM is added, that of the dead board removed" another_protector
    check "the last protector is not removed" last_one_stays
    umount /secret
    ;;
esac
finish
