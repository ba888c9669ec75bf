# Programs on eCryptfs mounts, and faults that happen to them, as functions; load.py does the work. Sourced after scenario.sh.
# shellcheck shell=bash

LEDGER=/tmp/ledger
LOAD=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/load.py

now() {
  local seconds rest
  read -r seconds rest < /proc/uptime
  echo "$seconds"
}

note() { echo "$1" >> "$LEDGER"; }

noted() { grep -c -- "$1" "$LEDGER"; }

more_noted() { [ "$(noted "$1")" -ge "$2" ]; }

# By a rename: no program reads an incomplete order.
order() {
  echo "$1" > "$LEDGER.new" && mv "$LEDGER.new" "$LEDGER.orders"
}

begin_load() { # PROBED-MOUNT=LOWER:PROGRAMS...
  local place
  probed=() programs=0
  for place in "$@"; do
    probed+=("${place%%=*}")
    programs=$((programs + ${place##*:}))
  done
  : > "$LEDGER"
  order 0
  python3 "$LOAD" run "$LEDGER" "$@" &
  load=$!
}

end_load() {
  order end
  wait "$load"
}

# The daemon has been kept waiting, or has failed, for so many programs.
errors_come() { # how many
  wait_until 90 more_noted '"error": "E' $((errors_before + $1))
}

files_are_created() {
  local mount
  for mount in "${probed[@]}"; do
    : > "$mount/probe" || return 1
    rm "$mount/probe"
  done
}

# Every file that was acknowledged and is not deleted, read from the disk by the program that wrote it.
check_all_files() {
  local expected
  expected=$(($(noted '"checked"') + programs))
  # As nice as the programs: they wait meanwhile, and that is not what they are to measure.
  (renice -n 15 -p $BASHPID > /tmp/renice && drop_caches) || return 1
  order $expected
  wait_until 240 more_noted '"checked"' $expected && not grep '"lost"' "$LEDGER"
}

measure_memory() {
  local pid
  pid=$(ecryptfsd_pid) &&
    note "{\"pid\": $pid, \"rss_kb\": $(awk '/VmRSS/{print $2}' "/proc/$pid/status"), \"end\": $(now)}"
}

# fault NAME ERRORS COMMAND...: the fault, from its beginning until files are created again. ERRORS are those that programs
# may see meanwhile, with commas between; "late" among them says that a daemon may have to be started first.
fault() {
  local name=$1 errors=$2 begin end away=0 rc=0 errors_before
  shift 2
  errors_before=$(noted '"error": "E')
  begin=$(now)
  "$@" || rc=1
  wait_until 120 files_are_created || rc=1
  end=$(now)
  if [[ $errors == *late* ]]; then away=$(awk "BEGIN { print $end - $begin }"); fi
  note "{\"fault\": \"$name\", \"errors\": \"$errors\", \"away_s\": $away, \"begin\": $begin, \"end\": $end}"
  measure_memory
  check_all_files && [ $rc -eq 0 ]
}

# What became of it all; the daemon's stall limit and the kernel's timeout are in seconds.
accounts() { # stall limit, kernel's timeout
  python3 "$LOAD" accounts "$LEDGER" "$1" "$2" > /tmp/accounts
  local rc=$?
  cat /tmp/accounts
  return $rc
}
