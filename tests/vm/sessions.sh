# Real logins at a terminal, for scenarios. Sourced. TRANSCRIPT is the file for what a session prints.
# shellcheck shell=bash

cat > /tmp/session.exp << 'END'
# session.exp PASSPHRASE COMMAND... -- PROGRAM...: starts a program that logs in, has the shell do each command, and logs out. A
# command that begins with # is root's, done meanwhile.
set timeout 240
set end [lsearch -exact $argv --]
set passphrase [lindex $argv 0]
spawn -noecho {*}[lrange $argv $end+1 end]
expect {
  -re {[Pp]assword: ?$} { send "$passphrase\r"; exp_continue }
  -re {incorrect|Permission denied} { exit 3 }
  -re {\$ $} {}
  timeout { exit 4 }
  eof { exit 5 }
}
foreach command [lrange $argv 1 $end-1] {
  if {[string match #* $command]} {
    catch { exec -ignorestderr bash -c [string range $command 1 end] 2>@1 } output
    puts "\n$output"
    continue
  }
  send "$command\r"
  expect {
    -re {\$ $} {}
    timeout { exit 4 }
    eof { exit 5 }
  }
}
send "exit\r"
expect eof
exit [lindex [wait] 3]
END

cat > /tmp/passwd.exp << 'END'
# passwd.exp USER OLD NEW
set timeout 240
lassign $argv user old new
spawn -noecho runuser -u $user passwd
expect {
  -re {[Cc]urrent [^:]*: ?$} { send "$old\r"; exp_continue }
  -re {[Nn]ew [^:]*: ?$} { send "$new\r"; exp_continue }
  eof
}
exit [lindex [wait] 3]
END

# in_session PASSPHRASE COMMAND... -- PROGRAM...; took is the time in milliseconds.
in_session() {
  local begin rc
  begin=$(milliseconds)
  setsid expect /tmp/session.exp "$@" < /dev/null 2>&1 | tr -d '\r' | tee "$TRANSCRIPT"
  rc=${PIPESTATUS[0]}
  # shellcheck disable=SC2034  # for the scenario
  took=$(($(milliseconds) - begin))
  return "$rc"
}

log_in() { # user, passphrase, command...
  local user=$1 passphrase=$2
  shift 2
  in_session "$passphrase" "$@" -- env -i TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin login "$user"
}

change_password() { # user, old passphrase, new passphrase
  setsid expect /tmp/passwd.exp "$@" < /dev/null
}
