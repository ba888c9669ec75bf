#!/bin/bash
# A regular user with a TPM key, a mount and a daemon of their own, beside root's; and what they cannot do to root's.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
UUID_FILE=/tmp/uuid
here=$(dirname "$(readlink -f "$0")")

make_users alice
as_alice() {
  setsid runuser -u alice -- keyctl session - /bin/bash -c "keyctl link @u @s; PATH='$PATH' HOME=/home/alice; cd; $1"
}

alice_generates() {
  as_alice 'ecryptfs-generate-tpm-key -p 0 -p 2' | tee /tmp/alice-key
  sed -n 's/.*parameter): //p' /tmp/alice-key > /tmp/alice-uuid
  [ -s /tmp/alice-uuid ] && [ -f /home/alice/.trousers/user.data ]
}

alice_mounts() {
  local options
  options="key=tspi:tspi_uuid=$(cat /tmp/alice-uuid),ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,no_sig_cache"
  # The first try names the fstab line that an administrator must add; with that line the mount works.
  as_alice "mount.ecryptfs /home/alice/lower /home/alice/secret -o $options" > /tmp/alice-mount 2>&1 && return 1
  cat /tmp/alice-mount
  grep -E '^ */home/alice/lower /home/alice/secret ecryptfs ' /tmp/alice-mount | sed 's/^ *//' >> /etc/fstab
  as_alice "mount.ecryptfs /home/alice/lower /home/alice/secret -o $options && echo private > secret/f && cat secret/f" 2>&1 |
    tee /tmp/alice-mounted
  grep -qx private /tmp/alice-mounted
}

alice_reads() {
  drop_caches
  [ "$(as_alice 'cat secret/f')" = private ]
}

root_is_refused() {
  stop_ecryptfsd
  drop_caches
  fails_within 2000 cat /home/alice/secret/f
  local rc=$?
  start_ecryptfsd
  return $rc
}

# The process that does the work; the pid file names its supervisor, a shell.
alices_daemon() { pgrep -u alice -f ecryptfsj.daemon.Ecryptfsd | tail -n 1; }

has_given_up_all_but() { # capabilities, pid
  grep -E '^(Cap|NoNewPrivs)' "/proc/$2/status" | tee /tmp/rights
  [ "$(grep -Ecx "Cap(Prm|Eff):.0*$1" /tmp/rights)" = 2 ] && grep -qx 'NoNewPrivs:.1' /tmp/rights
}

cannot_spy() {
  as_alice "python3 '$here/spy.py' $(alices_daemon)"
}

opens_roots_file() {
  drop_caches
  as_alice 'cat /secret/file'
}

# With tokens of root's signature: of root's TPM key, and of a key of alice's.
fails_with_forged_tokens() {
  local key
  for key in "$(cat "$UUID_FILE")" "$(cat /tmp/alice-uuid)"; do
    as_alice "python3 '$here/auth_tok.py' $root_sig tspi $key && keyctl search @u user $root_sig" || return 1
    drop_caches
    as_alice 'cat /secret/file' > /tmp/forged 2>&1 && return 1
    cat /tmp/forged
    # That it is not the mode of the file which keeps alice out.
    not grep -q 'Permission denied' /tmp/forged || return 1
  done
  [ "$(cat /secret/file)" = root ]
}

device_is_closed_to_alice() {
  [ -c /dev/ecryptfs ] || return 1
  as_alice 'exec 3<> /dev/ecryptfs' > /tmp/closed 2>&1 && return 1
  grep 'Permission denied' /tmp/closed
}

second_daemon_is_refused() {
  as_alice 'ecryptfsd > second 2>&1; rc=$?; cat second; [ $rc -eq 251 ] && grep -q "another ecryptfsd" second'
}

# What sudo lets through where an administrator has it keep the environment.
no_module_of_a_users() {
  as_alice 'mkdir -p modules && touch modules/theirs.jar'
  HOME=/home/alice ECRYPTFSJ_JAVA_OPTS=-Decryptfsj.modules=/home/alice/modules \
    mount.ecryptfs /lower /secret -o key=passphrase < /dev/null > /tmp/hostile 2>&1 && return 1
  cat /tmp/hostile
  grep -q 'not loaded from /home/alice/modules: /home/alice belongs to user' /tmp/hostile
}

load_ecryptfs
check "a user without permission cannot open the eCryptfs device" device_is_closed_to_alice
chmod 666 /dev/ecryptfs
start_tcsd
own_tpm
use_ours
check "root has a key" generate_key -p 0
start_ecryptfsd
mkdir -p /lower /secret
check "root has a mount" mount_tspi /lower /secret
root_sig=$(signature)
check "root's files work" round_trip root
check "root's daemon has the rights to lock memory and to read, and no others" has_given_up_all_but 4004 "$(ecryptfsd_pid)"

check "a user generates a key of their own" alice_generates
mkdir -p /home/alice/lower /home/alice/secret && chown alice: /home/alice/lower /home/alice/secret
check "the user's daemon starts beside root's" as_alice 'ecryptfsd --pidfile /home/alice/pid && test -s pid'
check "a second daemon of the same user is refused with the reason" \
  second_daemon_is_refused
check "the user mounts and writes" alice_mounts
check "the user reads" alice_reads
check "root's files still work" round_trip root
check "the user's daemon has no rights" has_given_up_all_but 0 "$(alices_daemon)"
check "and other processes of the user can neither trace it nor look into it" cannot_spy
check "it does not open root's files for the user" fails_within 20000 opens_roots_file
check "nor with tokens of root's signature in the user's keyring" fails_with_forged_tokens
check "root's tools take no key module from the user's directory" no_module_of_a_users
check "root cannot read the user's files without the user's daemon and keys" root_is_refused
check "the user's daemon is asked with ecryptfsctl" as_alice 'ecryptfsctl status --json | grep -q "\"uid\":1"'
as_alice 'kill "$(cat pid)"'
check "the user's daemon ends" wait_until 10 not pgrep -u alice java
umount /home/alice/secret /secret
stop_ecryptfsd
finish
