#!/bin/bash
# 200 files by 8 processes at once, read back after a remount.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
UUID_FILE=/tmp/uuid

create_by_eight() {
  local pids=() failed=0
  for p in 1 2 3 4 5 6 7 8; do
    (for i in $(seq 25); do
      head -c $((p * 700 + i * 13)) /dev/urandom > "/tmp/plain/$p.$i" && cp "/tmp/plain/$p.$i" "/secret/$p.$i" || exit 1
    done) &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  [ $failed -eq 0 ] && [ "$(find /secret -type f | wc -l)" = 200 ]
}

read_by_eight() {
  local pids=() failed=0
  for p in 1 2 3 4 5 6 7 8; do
    (cd /secret && sha256sum -- "$p".* > "/tmp/sums.$p") &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  [ $failed -eq 0 ] && cat /tmp/sums.? > /tmp/sums && [ "$(wc -l < /tmp/sums)" = 200 ] &&
    (cd /tmp/plain && sha256sum --quiet -c /tmp/sums)
}

none_unanswered() {
  ecryptfsctl status --json | python3 -c '
import json, sys
r = json.load(sys.stdin)["requests"]
print(r)
assert r["received"] == r["answered"] >= 400, r
assert r["failed"] == r["in_flight"] == r["late"] == 0, r'
}

mkdir -p /lower /secret /tmp/plain
load_ecryptfs
start_tcsd
own_tpm
use_ours
check "a key is generated" generate_key -p 0
start_ecryptfsd
check "mounted" mount_tspi /lower /secret
check "200 files are created by 8 processes at once" create_by_eight
umount /secret
check "remounted" mount_tspi /lower /secret
check "all are read by 8 processes at once, checksums equal" read_by_eight
check "no request stayed unanswered" none_unanswered
umount /secret
stop_ecryptfsd
finish
