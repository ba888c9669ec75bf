#!/bin/bash
# Rebooted into its trusted state, the machine reads its files again.
set -u
. "$MICROVM_LIB"
. "$(dirname "$0")/scenario.sh"

load_ecryptfs
start_tcsd
use_ours
restore_key_storage
start_ecryptfsd
mkdir -p /secret
check "back in the trusted state the files are read" remount_reads
umount /secret
stop_ecryptfsd
finish
