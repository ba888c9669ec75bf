#!/bin/bash
# A regular user with a TPM key, a mount and a daemon of their own, beside root's.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
UUID_FILE=/tmp/uuid

useradd -m -s /bin/bash alice
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

load_ecryptfs
chmod 666 /dev/ecryptfs
start_tcsd
own_tpm
use_ours
check "root has a key" generate_key -p 0
start_ecryptfsd
mkdir -p /lower /secret
check "root has a mount" mount_tspi /lower /secret
check "root's files work" round_trip root

check "a user generates a key of their own" alice_generates
mkdir -p /home/alice/lower /home/alice/secret && chown alice: /home/alice/lower /home/alice/secret
check "the user's daemon starts beside root's" as_alice 'ecryptfsd --pidfile /home/alice/pid && test -s pid'
check "a second daemon of the same user is refused with the reason" \
  not as_alice 'ecryptfsd 2>&1 | tee second; grep -q "another ecryptfsd" second && exit 1'
check "the user mounts and writes" alice_mounts
check "the user reads" alice_reads
check "root's files still work" round_trip root
check "root cannot read the user's files without the user's daemon and keys" root_is_refused
check "the user's daemon is asked with ecryptfsctl" as_alice 'ecryptfsctl status --json | grep -q "\"uid\":1"'
as_alice 'kill "$(cat pid)"'
check "the user's daemon ends" wait_until 10 not pgrep -u alice java
umount /home/alice/secret /secret
stop_ecryptfsd
finish
