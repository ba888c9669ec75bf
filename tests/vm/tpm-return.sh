#!/bin/bash
# Rebooted into its trusted state, the machine reads its files again.
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
check "back in the trusted state the files are read" remount_reads
check "and those of envelope mode" reads_envelope
umount /secret
stop_ecryptfsd
finish
