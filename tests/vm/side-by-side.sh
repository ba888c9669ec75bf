#!/bin/bash
# Ours and the C tools on the same input, the cases that need a kernel with eCryptfs; the others run outside (SideBySideTest).
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"

load_ecryptfs
"$(dirname "$0")/../side-by-side/compare" --kernel "$MICROVM_DIST" | tee -a "$MICROVM_OUT/results.tap"
exit "${PIPESTATUS[0]}"
