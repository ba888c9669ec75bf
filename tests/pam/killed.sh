# Kills one process of a PAM call at one of its system calls, and says what is left of the user's files and keys. Sourced by
# PamProgramTest, with its user alice and the functions login and as_alice.
# shellcheck shell=bash disable=SC2154

# Of alice's wrapped passphrase or key file: the passphrase that opens it.
current='old one'

only_child() { # pid
  local children
  read -r children _ < "/proc/$1/task/$1/children"
  printf '%s\n' "$children"
}

# victim_of TRACER VICTIM: its process id. The login's child is the module's watcher, whose child is ecryptfs-pam.
victim_of() {
  local pid generation
  pid=$1
  case $2 in login) generation=1 ;; watcher) generation=2 ;; program) generation=3 ;; esac
  for ((; generation > 0; generation--)); do pid=$(only_child "$pid"); done
  printf '%s\n' "$pid"
}

# killed_at VICTIM CALL COUNT STEP ANSWER...: does a step of PAM, and kills the victim when a process makes this system call for
# the COUNTth time. The victim `command` is killed before the call; others when the command is stopped after it.
killed_at() {
  local victim=$1 call=$2 count=$3 step=$4 signal=STOP killed='' tracer pid event
  shift 4
  if [ "$victim" = command ]; then signal=KILL; fi
  printf '%s\n' "$@" > answers
  rm -f trace
  mkfifo trace
  strace -q -f -o trace -e "trace=$call" -e "inject=$call:signal=$signal:when=$count" \
    ./application "$PWD/pam.d" service alice "$step" < answers > report 2>&1 &
  tracer=$!
  while read -r -t 100 pid event; do
    case $event in
      *'stopped by SIGSTOP'*)
        if [ -z "$killed" ]; then
          kill -KILL "$(victim_of "$tracer" "$victim")" && killed=yes
          kill -CONT "$pid"
        fi
        ;;
      *'killed by SIGKILL'*) killed=yes ;;
    esac
  done < trace
  { wait "$tracer"; } 2> /dev/null
  if [ -z "$killed" ]; then
    echo "NOT KILLED: $step, $victim, $call $count"
    cat report
  fi
}

wrapped_opens() { [ "$(printf '%s\n' "$1" | as_alice ecryptfs-unwrap-passphrase "$wrapped" - 2> /dev/null)" = "the mount's" ]; }

key_file_opens() {
  printf '%s\n' "$1" | as_alice ecryptfs-key test "$key_file" > /dev/null 2>&1
}

# change_and_kill OPENS VICTIM CALL COUNT: changes the password; then the file must open with the old or the new passphrase.
change_and_kill() {
  local opens=$1 next='another one'
  shift
  if [ "$current" = "$next" ]; then next='one more passphrase'; fi
  killed_at "$@" password "$current" "$next" "$next"
  if "$opens" "$next"; then
    current=$next
    echo "after $*: opens with the new passphrase"
  elif "$opens" "$current"; then
    echo "after $*: opens with the old passphrase"
  else
    echo "after $*: LOST"
  fi
}

# insert_and_kill VICTIM CALL COUNT: logs in; then the next login must add both keys, to this keyring only.
insert_and_kill() {
  as_alice keyctl clear @u
  killed_at "$@" auth "$current"
  printf '%s\n' "$current" | login auth > report
  echo "after $*: $(as_alice keyctl show @u | grep -c ' user: [0-9a-f]\{16\}') keys"
}
