#!/bin/bash
# Ours and the C peer in one run: creates and first opens per second, start-to-ready, memory. Figures, no verdicts.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
UUID_FILE=/tmp/uuid
FILES=${1:-200}

per_second() { # milliseconds
  echo $((FILES * 1000 / ($1 > 0 ? $1 : 1)))
}

measure() { # who
  local who=$1 start lower=/lower.$1 pid
  mkdir -p "$lower"
  start=$(milliseconds)
  start_ecryptfsd
  value "$who: start to ready" $(($(milliseconds) - start)) ms
  mount_tspi "$lower" /secret
  # One of each first, so that no one pays for loading the key.
  : > /secret/warm-up
  drop_caches
  : < /secret/warm-up
  start=$(milliseconds)
  for ((i = 0; i < FILES; i++)); do : > "/secret/f$i"; done
  value "$who: creates" "$(per_second $(($(milliseconds) - start)))" per-second
  drop_caches
  start=$(milliseconds)
  for ((i = 0; i < FILES; i++)); do : < "/secret/f$i"; done
  value "$who: first opens" "$(per_second $(($(milliseconds) - start)))" per-second
  pid=$(ecryptfsd_pid)
  value "$who: resident memory" "$(awk '/VmRSS/{print int($2 / 1024)}' "/proc/$pid/status")" MB
  umount /secret
  stop_ecryptfsd
}

mkdir -p /secret
load_ecryptfs
start_tcsd
own_tpm
use_c_peer
check "a key is generated" generate_key -p 0 -p 2 -p 3
measure C
use_ours
measure ours
finish
