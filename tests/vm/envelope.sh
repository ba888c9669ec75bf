#!/bin/bash
# Envelope mode: the TPM seals one key, which encrypts the files' keys. First boot: envelope.sh; second: envelope.sh again.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
TSPI_MODE=envelope

two_hundred() {
  local i
  mkdir -p /secret/many && for i in {1..200}; do echo "$i" > "/secret/many/$i" || return 1; done
  drop_caches
  for i in {1..200}; do [ "$(< "/secret/many/$i")" = "$i" ] || return 1; done
}

one_unsealing_at_most() {
  echo "$(tspi_status keks_unsealed) unsealed, $(tspi_status keks_made) made"
  [ $(($(tspi_status keks_unsealed) + $(tspi_status keks_made))) -eq 1 ]
}

creates_and_opens_with_tcsd_frozen() {
  local rc
  pkill -STOP -x tcsd
  drop_caches
  timeout 3 cat /secret/kept && echo new > /secret/frozen
  rc=$?
  pkill -CONT -x tcsd
  return $rc
}

kek_is_gone() { [ "$(tspi_status keks_held)" = 0 ]; }

reads_direct_files_and_its_own() {
  umount /secret
  TSPI_MODE='' mount_tspi /disk/lower /secret && echo direct > /secret/direct || return 1
  [ "$(stat -c %s /disk/lower/direct)" -gt 0 ] && drop_caches && [ "$(cat /secret/kept)" = kept ] || return 1
  umount /secret
  mount_tspi /disk/lower /secret && [ "$(cat /secret/direct)" = direct ] && [ "$(cat /secret/kept)" = kept ]
}

c_daemon_reads_direct_files() {
  stop_ecryptfsd
  drop_caches
  use_c_peer && start_ecryptfsd && [ "$(cat /secret/direct)" = direct ]
  local rc=$?
  stop_ecryptfsd
  use_ours && start_ecryptfsd && return $rc
}

load_ecryptfs
start_tcsd
use_ours
mkdir -p /disk/lower /secret
if [ -s "$UUID_FILE" ]; then
  start_ecryptfsd
  check "after a reboot the mount works" mount_tspi /disk/lower /secret
  check "and the files are read" grep -qx kept /secret/kept
  check "200 more files are created, and read" two_hundred
  check "all that took one unsealing, of the KEK that the first boot stored" one_unsealing_at_most
  extend_pcr 2
  check "with PCR 2 changed the KEK is dropped" wait_until 20 kek_is_gone
  drop_caches
  check "and an open fails with EIO in under a second" fails_with_eio_within 1000 cat /secret/kept
  check "and so does a create" fails_within 1500 touch /secret/after
  check "the log says why" logged 'PCR.*composite'
else
  own_tpm
  check "a key is generated" generate_key -p 0 -p 2
  start_ecryptfsd
  check "the mount line takes tspi_mode=envelope" mount_tspi /disk/lower /secret
  check "files are created and read" round_trip envelope
  check "the lower file is an eCryptfs file for the C tools" stat_accepts /disk/lower/file
  check "200 files are created, and read" two_hundred
  check "all that took one sealing" one_unsealing_at_most
  echo kept > /secret/kept
  check "with tcsd frozen files are opened and created" creates_and_opens_with_tcsd_frozen
  pkill -STOP -x tcsd
  ecryptfsctl lock
  drop_caches
  check "locked, and with tcsd frozen, an open fails after the stall limit" fails_within 40000 cat /secret/kept
  pkill -CONT -x tcsd
  check "with tcsd thawed it works again" wait_until 20 grep -qx kept /secret/kept
  check "mounts of either mode read files of both" reads_direct_files_and_its_own
  check "the C daemon reads the direct ones with this token" c_daemon_reads_direct_files
fi
umount /secret
stop_ecryptfsd
finish
