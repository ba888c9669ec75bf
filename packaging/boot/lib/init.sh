# Common functions of the init scripts. Sourced with $name set and the functions start, stop and status defined; then:
# init_script "$@"
# shellcheck shell=bash disable=SC2154

# Debian's functions call systemctl if systemd is process 1; the units have the same names.
if [ -r /lib/lsb/init-functions ]; then . /lib/lsb/init-functions; fi

run_with_message() { # text, command...: prints a status line on the console
  local text=$1 code
  shift
  printf '%s: ' "$text"
  "$@"
  code=$?
  if [ $code -eq 0 ]; then echo 'done.'; else echo 'failed!'; fi
  return $code
}

# Red Hat's init stops only services with a lock file.
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
    start) run_with_message "Starting $name" start_and_lock ;;
    stop) run_with_message "Stopping $name" stop_and_unlock ;;
    status) status ;;
    restart | force-reload) run_with_message "Restarting $name" restart ;;
    condrestart | try-restart)
      if status > /dev/null; then run_with_message "Restarting $name" restart; fi
      ;;
    *)
      echo "Usage: $0 start|stop|status|restart|condrestart|try-restart|force-reload" >&2
      return 2
      ;;
  esac
}
