# Functions of the boot scripts. Sourced with $program set, the prefix of the log lines.
# shellcheck shell=bash

exec {never}<> <(:)

# wait_until SECONDS COMMAND...: repeats the command until it succeeds; fails after the time limit.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ $SECONDS -ge $end ]; then return 1; fi
    read -r -t 0.1 -u "$never" || true
  done
}

# Writes to the system log and to standard error. The journal reads standard error, with the priority as a prefix.
say() { # priority: err, warning or info; message
  local number
  if [ "$(stat -L -c %d:%i /dev/fd/2)" = "${JOURNAL_STREAM:-}" ]; then
    case $1 in err) number=3 ;; warning) number=4 ;; *) number=6 ;; esac
    echo "<$number>$2" >&2
  else
    # shellcheck disable=SC2154  # set by the sourcing script
    # In the background: a log daemon that does not read must not block the boot.
    logger -t "$program" -p "daemon.$1" -- "$2" > /dev/null 2>&1 &
    echo "$program: $2" >&2
  fi
}

fail() { # exit code, message, what to do
  say err "$2. What to do: $3"
  exit "$1"
}

# Settings are shell variables. A user who can write the file can run programs as root.
read_settings() { # file
  local owner
  owner=$(stat -L -c %u:%A -- "$1") || return 1
  case $owner in
    0:?????[!w]??[!w]*) ;;
    *) fail 6 "$1 is writable for users other than root" "chown root: $1; chmod go-w $1" ;;
  esac
  # shellcheck disable=SC1090
  . "$1"
}

# Prints the path of the settings file, Debian's or Red Hat's.
settings_file() { # name
  local directory
  for directory in /etc/default /etc/sysconfig; do
    if [ -e "$directory/$1" ]; then
      echo "$directory/$1"
      return
    fi
  done
  return 1
}
