# What the init scripts have in common. Sourced by them with $name set, and the functions start, stop and status defined;
# then: init_script "$@"
# shellcheck shell=bash disable=SC2154

# Debian's functions hand over to systemctl where systemd is process 1; it has units of the same names.
if [ -r /lib/lsb/init-functions ]; then . /lib/lsb/init-functions; fi

announced() { # words, command...: the line that a console shows at boot
  local words=$1 code
  shift
  printf '%s: ' "$words"
  "$@"
  code=$?
  if [ $code -eq 0 ]; then echo 'done.'; else echo 'failed!'; fi
  return $code
}

# Red Hat's init stops only what has a lock there.
start_and_lock() {
  start || return
  if [ -d /var/lock/subsys ]; then : > "/var/lock/subsys/$name"; fi
}

stop_and_unlock() {
  stop || return
  rm -f "/var/lock/subsys/$name"
}

restart() { stop_and_unlock && start_and_lock; }

init_script() {
  case ${1:-} in
    start) announced "Starting $name" start_and_lock ;;
    stop) announced "Stopping $name" stop_and_unlock ;;
    status) status ;;
    restart | force-reload) announced "Restarting $name" restart ;;
    condrestart | try-restart)
      if status > /dev/null; then announced "Restarting $name" restart; fi
      ;;
    *)
      echo "Usage: $0 start|stop|status|restart|condrestart|try-restart|force-reload" >&2
      return 2
      ;;
  esac
}
