# Accounts, and work in their directories. Root works in a user's tree as that user, in a session without root's terminal,
# or in a place that only root can change. Sourced after speech.sh: . "${0%/*}/parts/users.sh"
# shellcheck shell=bash

# What a small file of a user's is read up to.
SMALL_FILE=4096

# find_account NAME: sets user, uid, gid and home; fails if there is no such account. getent(1) takes numbers for user ids:
# they are refused, so that a mistyped name never means another account.
find_account() {
  local account number='^[[:space:]]*[-+]?[0-9]+$'
  account=$(getent passwd -- "$1") || return 1
  printf '%s\n' "$account" | IFS=: read -r user _ uid gid _ home _
  if [[ $1 =~ $number ]] && [ "$user" != "$1" ]; then
    fail "[$1] is a number, of the user [$user]" 'name the user'
  fi
  if ! [[ $uid =~ ^[0-9]+$ && $gid =~ ^[0-9]+$ ]]; then fail "The account [$1] has no user id" 'see: getent passwd'; fi
}

# The name becomes part of file names and of lines of /proc/mounts, which mount.ecryptfs_private accepts for these only.
has_supported_name() { [[ $1 =~ ^[A-Za-z0-9_.@-]+\$?$ ]]; }

require_supported_name() {
  has_supported_name "$user" ||
    fail "The user name [$user] has unsupported characters; nothing was changed" \
      'names of letters, digits and _ . @ - can have a private directory'
}

# What the owner of a directory can be told apart by where the account does not exist here: sets uid, gid, user and home.
use_owner_of() { # directory
  stat -c '%u %g' -- "$1" | read -r uid gid
  home=/
  user=$(getent passwd -- "$uid" | cut -d: -f1) || user=''
}

# nobody_else_changes PATH [UID [GID]]: whether only root, and that user, can change what the path leads to: every component
# and every link on the way has such an owner, and is writable for nobody else (but the group GID). A sticky directory of
# root's is as good, on the way: there, nobody removes what is not their own. Else blame is the first one that is not.
nobody_else_changes() {
  local rest=$1 at=/ component next owner group mode hops=0
  [[ $rest == /* ]] || rest=$PWD/$rest
  # shellcheck disable=SC2034  # the callers print it
  while :; do
    blame=$at
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

# What a user's process says, on its way to root's terminal: without control characters.
relay() {
  if [ -t 1 ]; then
    LC_ALL=C sed -u -e 's/\xc2[\x80-\x9f]/?/g' -e 's/[\x01-\x08\x0b-\x1f\x7f]/?/g'
  else
    cat
  fi
}

# Becomes the command, as the user: nothing of root's goes with it, neither a descriptor beyond the first three, nor the
# terminal, the environment, the working directory or the keys of the session.
become_user() {
  local descriptor groups=--clear-groups joining=()
  if [ -n "${pid_file:-}" ]; then printf '%s\n' "$BASHPID" > "$pid_file"; fi
  cd -- "${place:-/}" || exit 126
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
  exec setsid --wait timeout --signal=KILL "${limit:-0}" "${joining[@]}" \
    setpriv --reuid="$uid" --regid="$gid" "$groups" -- \
    env -i "PATH=$PATH" "HOME=$home" "USER=$user" "LOGNAME=$user" "LC_ALL=${LC_ALL:-C.UTF-8}" "$@"
}

# feed_user COMMAND...: runs it as the user of find_account; its standard input is a pipe of the caller's. Root's own streams
# are not handed on: what is read and said goes through pipes. A time limit in seconds is in limit, a working directory in
# place.
feed_user() {
  local status=0
  if [ "$(id -u)" = "$uid" ]; then
    if [ -n "${limit:-}" ]; then
      (cd -- "${place:-.}" && exec timeout --signal=KILL "$limit" "$@")
    else
      (cd -- "${place:-.}" && exec "$@")
    fi
    return
  fi
  {
    set +e
    {
      become_user "$@" 2>&1 >&8 8>&- | relay >&2 8>&-
      exit "${PIPESTATUS[0]}"
    } 8>&1 | cat
    exit "${PIPESTATUS[0]}"
  } <&0 &
  users_job=$!
  wait "$users_job" || status=$?
  if [ -n "${pid_file:-}" ]; then : > "$pid_file"; fi
  return $status
}

# as_user COMMAND...: without any input.
as_user() { feed_user "$@" < /dev/null; }

# Ends what pid_file names: for the traps of a script that is ended while a user's process works for it.
stop_user() {
  if [ -n "${pid_file:-}" ] && [ -s "$pid_file" ]; then
    kill -TERM -- "$(< "$pid_file")" 2> /dev/null || :
    wait "${users_job:-}" 2> /dev/null || :
  fi
  return 0
}

# users_small_file PATH: its content, as the user, if it is a regular file; never more than SMALL_FILE bytes, and no waiting
# for a writer. A device would be read up to there.
users_small_file() {
  as_user test -f "$1" &&
    as_user dd "if=$1" iflag=nonblock bs=$SMALL_FILE count=1 status=none | head -c $SMALL_FILE | tr -d '\0'
}
