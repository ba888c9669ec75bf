#!/bin/bash
# ecryptfsd as a program: options, exit codes, signals, pid file, and what happens around its start and end.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
UUID_FILE=/tmp/uuid

exits_with() { # code command...
  local expected=$1
  shift
  "$@" > /tmp/exit-output 2>&1
  local rc=$?
  cat /tmp/exit-output
  echo "exit code $rc"
  [ $rc -eq "$expected" ]
}

says() { grep -Eq -- "$1" /tmp/exit-output; }

pid_file_names_the_daemon() {
  [ -s /run/e.pid ] && grep -q ecryptfsd "/proc/$(cat /run/e.pid)/cmdline" -i
}

ends_on() { # signal
  local pid
  pid=$(cat /run/e.pid)
  kill "-$1" "$pid" && wait_until 10 not test -d "/proc/$pid" && [ ! -e /run/e.pid ]
}

foreground_ends_with_zero() {
  ecryptfsd -f -p /run/f.pid 2> /tmp/foreground &
  local job=$!
  wait_until 90 test -s /run/f.pid || kill -TERM $job
  kill -TERM "$(cat /run/f.pid)"
  wait $job
  local rc=$?
  cat /tmp/foreground
  [ $rc -eq 0 ] && grep -q ready: /tmp/foreground && grep -q ended /tmp/foreground
}

no_core() {
  local pid
  pid=$(ecryptfsd_pid)
  grep -E 'Max core file size +0 +0' "/proc/$pid/limits"
}

# packaging/launcher/archive has to know what a start loads: the first class from elsewhere makes the JVM open all jars.
no_class_from_a_jar() {
  [ "$(grep -c 'source: shared objects file' /tmp/classes)" -gt 1000 ] && ! grep 'source: file:' /tmp/classes
}

crash_leaves_no_file() {
  local jvm cwd
  jvm=$(pgrep -n -f org.ecryptfsj.daemon.Ecryptfsd)
  cwd=$(readlink "/proc/$jvm/cwd")
  : > /tmp/stamp
  kill -SEGV "$jvm" && wait_until 90 answers_without "$jvm" || return 1
  find "$cwd" /tmp /run /root -maxdepth 2 -xdev \( -name 'hs_err_pid*' -o -name 'replay_pid*' -o -name core -o -name "core.$jvm" \) \
    -newer /tmp/stamp -type f > /tmp/left
  cat /tmp/left
  [ ! -s /tmp/left ] && grep 'signal ABRT: the JVM crashed' "$ECRYPTFSD_LOG"
}

answers_without() { # pid
  [ ! -d "/proc/$1" ] && ecryptfsctl status > /dev/null 2>&1
}

stale_pid_file_of_another() {
  echo -n 1 > /run/other.pid
  exits_with 251 ecryptfsd -p /run/other.pid && [ "$(cat /run/other.pid)" = 1 ]
}

# With a frozen TPM, so that the daemon has read all of them when it gets the signal.
opens_while_stopping() {
  local pids=() start took read rc=0
  drop_caches
  pkill -STOP -x tcsd
  for i in 1 2 3 4 5 6 7 8; do
    cat "/secret/f$i" > "/tmp/opened.$i" 2> "/tmp/refused.$i" &
    pids+=($!)
  done
  wait_until 20 in_flight 8 || rc=1
  start=$(milliseconds)
  kill "$(cat /run/e.pid)"
  wait "${pids[@]}"
  wait_until 10 not test -e /run/e.pid || rc=1
  took=$(($(milliseconds) - start))
  pkill -CONT -x tcsd
  for i in 1 2 3 4 5 6 7 8; do
    read=$(cat "/tmp/opened.$i" "/tmp/refused.$i")
    echo "$read"
    [[ $read = "$i" || $read = "cat: /secret/f$i: "* ]] || rc=1
  done
  echo "all over after $took ms"
  # Left to the kernel they would take its timeout.
  [ $rc -eq 0 ] && [ $took -lt 10000 ]
}

use_ours
check "--version names the program" exits_with 0 ecryptfsd --version
check "and its version" says '^ecryptfsd \(ecryptfsj\) [0-9]'
check "--help shows the options" exits_with 0 ecryptfsd --help
check "with the C daemon's names" says '-C, --chroot=<chroot>'
check "an unknown option is a usage error" exits_with 1 ecryptfsd --frobnicate
check "a value out of range is a usage error" exits_with 1 ecryptfsd --threads 0
check "so is a stall limit of 0" exits_with 1 ecryptfsd --stall-limit 0
check "with the range and the reason" says '--stall-limit takes 1 to 86400 seconds, not 0.0; it cannot be switched off'
check "ecryptfsctl without a daemon says so" exits_with 1 ecryptfsctl status
check "and says what to do" says 'start ecryptfsd'

load_ecryptfs
start_tcsd
own_tpm
check "it goes to the background once ready" exits_with 0 ecryptfsd -p /run/e.pid
check "the pid file names the daemon" pid_file_names_the_daemon
check "it leaves no core dump" no_core
check "a second one is refused" exits_with 251 ecryptfsd
check "with the reason" says 'another ecryptfsd'
check "and touches no pid file" stale_pid_file_of_another
check "the first one still answers" ecryptfsctl status
check "a JVM that crashes leaves no file with its memory, and another one serves" crash_leaves_no_file
check "TERM ends it and removes the pid file" ends_on TERM
ECRYPTFSJ_JAVA_OPTS="$ECRYPTFSJ_JAVA_OPTS -Xlog:class+load:file=/tmp/classes" ecryptfsd -p /run/e.pid
check "INT ends it" ends_on INT
check "it had loaded no class from a jar" no_class_from_a_jar
check "in the foreground TERM ends it with 0" foreground_ends_with_zero

check "a key is generated" generate_key -p 0
mkdir -p /lower /secret
ecryptfsd -p /run/e.pid
check "mounted" mount_tspi /lower /secret
for i in 1 2 3 4 5 6 7 8; do echo "$i" > "/secret/f$i"; done
check "HUP drops the keys, and the daemon continues" hup_drops_the_keys
check "opens under way while it stops are over at once, answered or failed" opens_while_stopping
check "without a daemon an open fails at once" fails_within 2000 eval 'drop_caches; cat /secret/f1'
check "chroot to / serves as without" exits_with 0 ecryptfsd -C / -p /run/e.pid
check "and files are read" eval 'drop_caches; test "$(cat /secret/f1)" = 1'
check "TERM ends that one too" ends_on TERM
umount /secret
finish
