#!/bin/bash
# The channel outlives the daemon's process: kills under load, a frozen TPM, restarts, a systemd-like parent. KILLS: how many; fifty take
# a quarter of an hour here: microvm run --env KILLS=50 --timeout 2400 tests/vm/outlive.sh
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
# shellcheck source=tests/vm/load.sh
. "$(dirname "$0")/load.sh"
here=$(dirname "$(readlink -f "$0")")
UUID_FILE=/tmp/uuid
KILLS=${KILLS:-3}

# Each kill comes as soon as the restarted daemon has answered.
killed_under_load() {
  local i start rc=0
  begin_load /secret=/lower:8
  for ((i = 0; i < KILLS; i++)); do
    start=$(milliseconds)
    kill -KILL "$(ecryptfsd_pid)" && : > "/secret/answered.$i" || rc=1
    echo $(($(milliseconds) - start)) >> /tmp/answered
  done
  check_all_files && end_load && accounts 30 60 && [ $rc -eq 0 ]
}

measured() {
  sort -n /tmp/answered > /tmp/sorted
  value "kill to answer, median" "$(sed -n "$(((KILLS + 1) / 2))p" /tmp/sorted)" ms
  value "kill to answer, longest" "$(tail -n 1 /tmp/sorted)" ms
  python3 -c '
import json
report = json.load(open("/tmp/accounts"))
print("created, opened", report["created"], report["opened"])
print("longest wait of a program", report["longest_wait_s"], "s")
print("answers that the kernel missed", report["overslept"])'
}

restarts_are_counted() { [ "$(status_field 's["restarts"]')" -ge "$KILLS" ] && [ "$(status_field 's["kept_by"]')" = parent ]; }

shell_is_small() {
  local kilobytes
  kilobytes=$(awk '/VmRSS/{print $2}' "/proc/$(cat /run/e.pid)/status")
  value "memory of the shell" "$kilobytes" kB
  [ "$kilobytes" -lt 4096 ]
}

# For daemons that die and hang for long: what the blueprint sets.
given_more_time() {
  local shell
  shell=$(cat /run/e.pid)
  kill "$shell"
  wait_until 20 process_gone "$shell"
  umount /secret && modprobe -r ecryptfs && load_ecryptfs ecryptfs_message_wait_timeout=3600 &&
    ecryptfsd -p /run/e.pid && mount_tspi /lower /secret
}

# Eight creates that wait for a frozen TPM: the daemon has read and not answered them.
eight_creates() {
  creating=()
  local i
  for i in 1 2 3 4 5 6 7 8; do
    # In a directory each: the kernel locks the directory meanwhile.
    mkdir "/secret/frozen.$i"
    : > "/secret/frozen.$i/file" &
    creating+=($!)
  done
}

all_created() {
  local pid failed=0
  for pid in "${creating[@]}"; do wait "$pid" || failed=$((failed + 1)); done
  echo "$failed of ${#creating[@]} failed"
  [ $failed -eq 0 ]
}

lines_logged() { grep -Ec -- "$1" "$ECRYPTFSD_LOG"; }

one_more_line() { [ "$(lines_logged "$1")" -gt "$2" ]; }

kill_and_await_ready() {
  local before
  before=$(lines_logged 'ready: uid')
  kill -KILL "$(ecryptfsd_pid)" && wait_until 240 one_more_line 'ready: uid' "$before"
}

answered_by_the_next_daemon() {
  pkill -STOP -x tcsd
  eight_creates
  wait_until 20 in_flight 8
  kill_and_await_ready
  local rc=$?
  pkill -CONT -x tcsd
  all_created && [ $rc -eq 0 ] && wait_until 20 logged '[0-9]+ requests read by the previous process'
}

record_is_wiped() {
  tail -c +1025 "/proc/$(cat /run/e.pid)/fd/4" | tr -d '\0' | wc -c | grep -qx 0
}

restarted_by_command() {
  local before after
  before=$(ecryptfsd_pid)
  ecryptfsctl restart || return 1
  after=$(ecryptfsd_pid)
  echo "$before, then $after"
  [ "$before" != "$after" ] && open_uncached
}

# A request during which each daemon is killed.
refused_when_it_is_to_blame() {
  local deaths=0 opening rc
  pkill -STOP -x tcsd
  drop_caches
  cat /secret/kept > /dev/null 2> /tmp/poison &
  opening=$!
  wait_until 20 in_flight 1
  while kill -0 $opening 2> /dev/null && [ $deaths -lt 8 ]; do
    deaths=$((deaths + 1))
    kill_and_await_ready || break
    wait_until 1 process_gone $opening
  done
  wait $opening
  rc=$?
  pkill -CONT -x tcsd
  cat /tmp/poison
  echo "over after $deaths deaths, exit code $rc"
  [ $rc -ne 0 ] && [ $deaths -ge 4 ] && [ $deaths -lt 8 ] && wait_until 20 logged 'not tried again'
}

stopped_with_requests_in_flight() {
  local i start shell
  shell=$(cat /run/e.pid)
  drop_caches
  creating=()
  for i in 1 2 3 4 5 6 7 8; do
    cat "/secret/eight.$i" > /dev/null 2>&1 &
    creating+=($!)
  done
  start=$(milliseconds)
  kill "$shell"
  wait "${creating[@]}"
  wait_until 20 process_gone "$shell"
  echo "all over after $(($(milliseconds) - start)) ms"
  [ $(($(milliseconds) - start)) -lt 10000 ] && [ ! -e /run/e.pid ] && fails_within 2000 eval 'drop_caches; cat /secret/kept'
}

service_log=$MICROVM_OUT/service.log

service_said() { [ -e "$service_log" ] && grep -E -- "$1" "$service_log"; }

start_service() {
  python3 "$here/service.py" "$service_log" "$(command -v ecryptfsd)" -f -p /run/e.pid &
  service=$!
  wait_until 240 service_said READY=1
}

service_lines() { grep -Ec -- "$1" "$service_log"; }

one_more_from_service() { [ "$(service_lines "$1")" -gt "$2" ]; }

service_restarts() {
  local before
  before=$(service_lines READY=1)
  drop_caches
  kill -USR1 "$(cat /run/e.pid)"
  cat /secret/eight.1 > /dev/null && wait_until 240 one_more_from_service READY=1 "$before"
}

watchdog_notices() {
  local before
  before=$(service_lines READY=1)
  wait_until 20 service_said WATCHDOG=1 || return 1
  drop_caches
  kill -STOP "$(cat /run/e.pid)"
  cat /secret/eight.2 > /dev/null && wait_until 240 one_more_from_service READY=1 "$before" && service_said 'watchdog: killed'
}

# A full log socket: syslogd is stopped, and what it has not read fills the socket.
fill_the_log_socket() {
  local i
  pkill -STOP -f 'busybox syslogd' || return 1
  for ((i = 0; i < 2000; i++)); do
    if ! timeout 2 logger filler; then return 0; fi
  done
  return 1
}

# Requests fail by the dozen meanwhile: eight wait for a frozen TPM, then twenty-four are refused.
fails_with_a_full_log() {
  local i pid start took kills pings daemon opens=() failed=0
  kills=$(service_lines 'watchdog: killed')
  pings=$(service_lines WATCHDOG=1)
  daemon=$(cat /run/e.pid)
  pkill -STOP -x tcsd
  drop_caches
  start=$(milliseconds)
  for i in 1 2 3 4 5 6 7 8; do
    cat "/secret/eight.$i" > /dev/null 2>&1 &
    opens+=($!)
  done
  for pid in "${opens[@]}"; do wait "$pid" || failed=$((failed + 1)); done
  took=$(($(milliseconds) - start))
  for ((i = 0; i < 24; i++)); do cat "/secret/eight.$((i % 8 + 1))" > /dev/null 2>&1 || failed=$((failed + 1)); done
  echo "$failed of 32 failed, the first eight in $took ms"
  pkill -CONT -x tcsd
  [ $failed -eq 32 ] && [ $took -ge 29000 ] && [ $took -le 45000 ] && [ "$(cat /run/e.pid)" = "$daemon" ] &&
    [ "$(service_lines 'watchdog: killed')" = "$kills" ] && [ "$(service_lines WATCHDOG=1)" -ge $((pings + 5)) ]
}

lets_the_log_be_read() {
  pkill -CONT -f 'busybox syslogd' && wait_until 15 open_uncached && wait_until 15 logged 'key module tspi responds again'
}

service_ends() {
  kill "$service"
  wait $service
  local rc=$?
  tail -n 8 "$service_log"
  [ $rc -eq 0 ] && service_said 'FDSTOREREMOVE=1 FDNAME=channel' && service_said 'BARRIER=1 \+fd' &&
    fails_within 2000 eval 'drop_caches; cat /secret/kept'
}

mkdir -p /lower /secret
load_ecryptfs
start_tcsd
own_tpm
use_ours
check "a key is generated" generate_key -p 0
check "the daemon goes to the background" ecryptfsd -p /run/e.pid
check "mounted" mount_tspi /lower /secret
check "its process killed $KILLS times under load, no create and no open fails, every file reads back" killed_under_load
measured
check "the status counts the restarts" restarts_are_counted
check "the supervising shell is small" shell_is_small
check "it ends, and another one starts with a longer timeout of the kernel" given_more_time
echo 'kept over unmount, reboot and more' > /secret/kept
write_eight
check "requests that a daemon had read when it was killed are answered by the next one" answered_by_the_next_daemon
check "nothing of them is left in the in-flight store" record_is_wiped
check "ecryptfsctl restart replaces the process" restarted_by_command
check "HUP drops the keys, and the daemon continues" eval 'hup_drops_the_keys && open_uncached'
check "a request that daemons crash on is refused after some crashes" refused_when_it_is_to_blame
check "the next request is answered" open_uncached
check "TERM during opens: all end at once, and later opens fail" stopped_with_requests_in_flight

check "as a systemd service it reports that it is ready" start_service
check "and stores the channel" service_said 'FDSTORE=1 FDPOLL=0 FDNAME=channel \+fd'
check "and the in-flight store" service_said 'FDSTORE=1 FDPOLL=0 FDNAME=record \+fd'
check "USR1 restarts the daemon, and an open in progress succeeds" service_restarts
check "the next process gets both" service_said 'started [0-9]+ with channel:record'
check "a frozen one is killed by the watchdog, and an open under way succeeds" watchdog_notices
check "syslogd is stopped, and its socket is full" fill_the_log_socket
check "with a full log socket the stall limit and the watchdog's pings hold" fails_with_a_full_log
check "once the log is read again, it has the lines, and opens work" lets_the_log_be_read
check "TERM ends it after it has closed the channel" service_ends
umount /secret
finish
