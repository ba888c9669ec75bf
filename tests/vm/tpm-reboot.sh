#!/bin/bash
# The same machine after a reboot: what was written is read. Then its state changes, and comes back.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"

load_ecryptfs
start_tcsd
use_ours
start_ecryptfsd
mkdir -p /secret
check "after a reboot the mount works" mount_tspi /disk/lower /secret
check "after a reboot the files are read" remount_reads
check "and those of envelope mode" reads_envelope

umount /secret
extend_pcr 2
check "with PCR 2 changed the mount itself works" mount_tspi /disk/lower /secret
check "with PCR 2 changed an open fails with EIO in under a second" fails_with_eio_within 1000 cat /secret/kept
check "and so does one of envelope mode" fails_with_eio_within 1000 cat /secret/kept.envelope
check "with PCR 2 changed a create fails in under a second" fails_within 1500 touch /secret/new
check "nothing is left of the failed create" not test -e /disk/lower/new
check "the log names the key" logged "$(cat /disk/uuid)"
check "the log names the PCRs and their composite" logged 'PCR.*composite'
check "the log says what to do" logged 'trusted configuration'
umount /secret
stop_ecryptfsd
finish
