# Accounts, and access to users' directories. Root changes a user's tree only with that user's privileges, in a session
# without root's terminal, or in directories that only root can change. Sourced after messages.sh: . "${0%/*}/parts/users.sh"
# shellcheck shell=bash

# Maximum number of bytes that are read from a user's configuration file.
MAX_FILE_BYTES=4096

# find_account NAME: sets user, uid, gid and home; fails if the account does not exist. getent(1) accepts user ids; they
# are refused here, so that a mistyped name never means another account.
find_account() {
  local account number='^[[:space:]]*[-+]?[0-9]+$'
  account=$(getent passwd -- "$1") || return 1
  printf '%s\n' "$account" | IFS=: read -r user _ uid gid _ home _
  if [[ $1 =~ $number ]] && [ "$user" != "$1" ]; then
    fail "[$1] is the id of the user [$user]" 'give the user name'
  fi
  if ! [[ $uid =~ ^[0-9]+$ && $gid =~ ^[0-9]+$ ]]; then fail "The account [$1] has no valid user id" 'see: getent passwd'; fi
}

# The name becomes part of file names. mount.ecryptfs_private accepts the same characters.
has_supported_name() { [[ $1 =~ ^[A-Za-z0-9_.@-]+\$?$ ]]; }

require_supported_name() {
  has_supported_name "$user" ||
    fail "The user name [$user] has unsupported characters; nothing was changed" \
      'a private directory needs a user name of letters, digits and _ . @ -'
}

# Sets uid, gid, user and home to the owner of a directory. The account need not exist on this machine.
set_user_to_owner_of() { # directory
  stat -c '%u %g' -- "$1" | read -r uid gid
  home=/
  user=$(getent passwd -- "$uid" | cut -d: -f1) || user=''
}

# is_protected_path PATH [UID [GID]]: whether only root, and the user UID, can change what the path leads to. Every
# component and every symbolic link must have such an owner and must not be writable for others (except the group GID). A
# sticky directory of root is accepted on the way, because users cannot remove files of others there. Otherwise
# unprotected_path is the first component that fails.
is_protected_path() {
  local rest=$1 at=/ component next owner group mode hops=0
  [[ $rest == /* ]] || rest=$PWD/$rest
  # shellcheck disable=SC2034  # the callers print it
  while :; do
    unprotected_path=$at
    stat -c '%u %g %a' -- "$at" 2> /dev/null | read -r owner group mode || return 1
    if [ "$owner" != 0 ] && [ "$owner" != "${2:-0}" ]; then return 1; fi
    while [[ $rest == /* ]]; do rest=${rest#/}; done
    if ! [ -L "$at" ] && [ $((0$mode & 022)) -ne 0 ]; then
      if [ $((0$mode & 02)) -eq 0 ] && [ "$group" = "${3:-none}" ]; then
        :
      elif [ $((0$mode & 01000)) -eq 0 ] || [ "$owner" != 0 ] || [ -z "$rest" ]; then
        return 1
      fi
    fi
    if [ -L "$at" ]; then
      hops=$((hops + 1))
      if [ $hops -gt 40 ]; then return 1; fi
      next=$(readlink -- "$at") || return 1
      if [[ $next == /* ]]; then at=/; else at=${at%/*} at=${at:-/}; fi
      rest=$next${rest:+/$rest}
      while [[ $rest == /* ]]; do rest=${rest#/}; done
    fi
    if [ -z "$rest" ]; then return 0; fi
    component=${rest%%/*} rest=${rest#"${rest%%/*}"}
    case $component in
      .) ;;
      ..) at=${at%/*} at=${at:-/} ;;
      *) at=${at%/}/$component ;;
    esac
  done
}

# Removes control characters from the output of a user's process before it reaches root's terminal.
strip_control_characters() {
  if [ -t 1 ]; then
    LC_ALL=C sed -u -e 's/\xc2[\x80-\x9f]/?/g' -e 's/[\x01-\x08\x0b-\x1f\x7f]/?/g'
  else
    cat
  fi
}

# Executes a command with the user's privileges. It inherits nothing from root: no descriptor beyond the first three, no
# terminal, environment, working directory or session keyring.
exec_as_user() {
  local descriptor groups=--clear-groups joining=()
  if [ -n "${pid_file:-}" ]; then printf '%s\n' "$BASHPID" > "$pid_file"; fi
  cd -- "${run_in:-/}" || exit 126
  for descriptor in "/proc/$BASHPID/fd"/*; do
    descriptor=${descriptor##*/}
    if [[ $descriptor == [0-9]* ]] && [ "$descriptor" -gt 2 ]; then eval "exec $descriptor>&-"; fi
  done
  if [ -n "$user" ]; then groups=--init-groups; fi
  exec 4>&2
  if keyctl session - true > /dev/null 2>&1; then
    # shellcheck disable=SC2016  # for the inner shell
    joining=(keyctl session - sh -c 'exec 2>&4 4>&-; exec "$@"' sh)
    exec 2> /dev/null
  else
    exec 4>&-
  fi
  exec setsid --wait timeout --signal=KILL "${time_limit:-0}" "${joining[@]}" \
    setpriv --reuid="$uid" --regid="$gid" "$groups" -- \
    env -i "PATH=$PATH" "HOME=$home" "USER=$user" "LOGNAME=$user" "LC_ALL=${LC_ALL:-C.UTF-8}" "$@"
}

# as_user_with_input COMMAND...: runs a command as the user of find_account. Standard input is a pipe from the caller. Input
# and output go through pipes, so root's streams are not passed on. time_limit is a limit in seconds, run_in a working
# directory.
as_user_with_input() {
  local status=0
  if [ "$(id -u)" = "$uid" ]; then
    if [ -n "${time_limit:-}" ]; then
      (cd -- "${run_in:-.}" && exec timeout --signal=KILL "$time_limit" "$@")
    else
      (cd -- "${run_in:-.}" && exec "$@")
    fi
    return
  fi
  {
    set +e
    {
      exec_as_user "$@" 2>&1 >&8 8>&- | strip_control_characters >&2 8>&-
      exit "${PIPESTATUS[0]}"
    } 8>&1 | cat
    exit "${PIPESTATUS[0]}"
  } <&0 &
  user_process=$!
  wait "$user_process" || status=$?
  if [ -n "${pid_file:-}" ]; then : > "$pid_file"; fi
  return $status
}

# as_user COMMAND...: the same without input.
as_user() { as_user_with_input "$@" < /dev/null; }

# Terminates the process in pid_file, for traps of a script that runs a user's process.
stop_user_process() {
  if [ -n "${pid_file:-}" ] && [ -s "$pid_file" ]; then
    kill -TERM -- "$(< "$pid_file")" 2> /dev/null || :
    wait "${user_process:-}" 2> /dev/null || :
  fi
  return 0
}

# read_user_file PATH: prints a regular file, read as the user: at most MAX_FILE_BYTES bytes, without waiting for a writer
# of a pipe.
read_user_file() {
  as_user test -f "$1" &&
    as_user dd "if=$1" iflag=nonblock bs=$MAX_FILE_BYTES count=1 status=none | head -c $MAX_FILE_BYTES | tr -d '\0'
}
