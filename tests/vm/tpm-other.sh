#!/bin/bash
# Another machine: same disk, same key storage, another TPM. It must not read the files.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"

load_ecryptfs
start_tcsd
own_tpm
use_ours
start_ecryptfsd
mkdir -p /secret
check "with another TPM the files are refused" other_tpm_refuses
check "and the log says why" logged "another TPM"
stop_ecryptfsd
finish
