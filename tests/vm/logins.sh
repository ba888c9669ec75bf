# Our package takes the place of ecryptfs-utils, whose users log in before and after it, at a terminal and by the machine's own
# PAM files. Sourced by private.sh, with its alice: her private directory has the file "ours", her passphrase is login-pass.
# shellcheck shell=bash

PROGRAM=/usr/lib/ecryptfsj/commands/ecryptfs-pam

cat > /tmp/login.exp << 'END'
# login.exp USER PASSPHRASE COMMAND...: logs in, has the shell do each command, and logs out. A command that begins with # is
# root's, done meanwhile.
set timeout 240
lassign $argv user passphrase
spawn -noecho env -i TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin login $user
expect {
  -re {Password: ?$} { send "$passphrase\r"; exp_continue }
  -re {incorrect} { exit 3 }
  -re {\$ $} {}
  timeout { exit 4 }
  eof { exit 5 }
}
foreach command [lrange $argv 2 end] {
  if {[string match #* $command]} {
    catch { exec -ignorestderr bash -c [string range $command 1 end] 2>@1 } output
    puts $output
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
set timeout 240
spawn -noecho runuser -u alice passwd
expect {
  -re {[Cc]urrent [^:]*: ?$} { send "login-pass\r"; exp_continue }
  -re {[Nn]ew [^:]*: ?$} { send "Another-pass-1\r"; exp_continue }
  eof
}
exit [lindex [wait] 3]
END

log_in() { # user, passphrase, command...
  local begin rc
  begin=$(milliseconds)
  setsid expect /tmp/login.exp "$@" < /dev/null 2>&1 | tr -d '\r' | tee "$TRANSCRIPT"
  rc=${PIPESTATUS[0]}
  took=$(($(milliseconds) - begin))
  return "$rc"
}

login_opens() { # passphrase
  log_in alice "$1" 'cat Private/ours' 'echo $((20 + 2))' && grep -qx 22 "$TRANSCRIPT" && grep -qx ours "$TRANSCRIPT" &&
    wait_until 10 not mounted
}

login_goes_on() { # passphrase: without the directory
  log_in alice "$1" 'cat Private/ours' 'echo $((20 + 2))' && grep -qx 22 "$TRANSCRIPT" && not grep -qx ours "$TRANSCRIPT" &&
    not mounted
}

second_login_leaves() {
  log_in alice login-pass 'cat Private/ours' '#su - alice -c "cat Private/ours; echo second"' 'cat Private/ours' &&
    grep -qx second "$TRANSCRIPT" && [ "$(grep -cx ours "$TRANSCRIPT")" = 3 ] && wait_until 10 not mounted
}

pam_names_the_module() {
  grep -H '^[^#].*pam_ecryptfs\.so' /etc/pam.d/common-* | tee /tmp/lines
  [ "$(cut -d: -f1 /tmp/lines | xargs -n 1 basename | xargs)" = \
    'common-auth common-password common-session common-session-noninteractive' ]
}

c_package_is_active() {
  use_c_peer
  rm -f /usr/bin/ecryptfs-pam
  pam-auth-update --package --enable ecryptfs-utils && pam_names_the_module
}

# Without the class-data archives, which an emulated machine makes in minutes.
package_over_it() {
  local package tree=/var/tmp/package
  package=${PACKAGE:-$(echo "/run/microvm/host$MICROVM_DIST"/../ecryptfsj_*.deb)}
  dpkg-deb -R "$package" $tree && printf '#!/bin/sh\n' > $tree/usr/lib/ecryptfsj/archive && rm -f $tree/DEBIAN/md5sums &&
    dpkg-deb --root-owner-group -Znone -b $tree /var/tmp/package.deb && rm -r $tree &&
    DEBIAN_FRONTEND=noninteractive dpkg -i /var/tmp/package.deb 2>&1 | tee "$TRANSCRIPT"
  [ "$(dpkg-query -W -f '${db:Status-Status}' ecryptfsj)" = installed ]
}

tells_of_users() { grep 'these users have an encrypted home or private directory.* alice' "$TRANSCRIPT"; }

says_nothing_when_upgraded() {
  DEBIAN_FRONTEND=noninteractive dpkg -i /var/tmp/package.deb > "$TRANSCRIPT" 2>&1 && not grep 'these users' "$TRANSCRIPT" &&
    pam_names_the_module
}

# The tree of the build is the package's, and has its class-data archives.
use_archives() {
  mv /usr/lib/ecryptfsj /usr/lib/ecryptfsj.package && ln -s "$MICROVM_DIST/lib" /usr/lib/ecryptfsj
}

use_package() { rm /usr/lib/ecryptfsj && mv /usr/lib/ecryptfsj.package /usr/lib/ecryptfsj; }

changes_password() { setsid expect /tmp/passwd.exp < /dev/null && login_opens Another-pass-1; }

root_changes_password() {
  printf 'login-pass\nlogin-pass\n' | passwd alice > "$TRANSCRIPT" 2>&1
  cat "$TRANSCRIPT"
  says 'still opens with the old passphrase' && login_goes_on login-pass && logged 'does not open' &&
    as alice "printf 'Another-pass-1\nlogin-pass\n' | ecryptfs-rewrap-passphrase .ecryptfs/wrapped-passphrase -"
}

instead_of_the_program() { # text of a script, command...: with the script in the program's place
  local rc
  printf '#!/bin/bash\n%s\n' "$1" > /tmp/instead
  chmod 755 /tmp/instead
  shift
  mount --bind /tmp/instead $PROGRAM || return 1
  "$@"
  rc=$?
  umount $PROGRAM
  return $rc
}

hanging_program_holds_nobody_up() {
  mkfifo /tmp/never
  instead_of_the_program 'read -r nothing < /tmp/never' login_goes_on login-pass && logged 'no sign of life' &&
    echo "took $took ms" && [ "$took" -lt 25000 ]
}

without_the_program() {
  local rc
  mv /usr/bin/ecryptfs-pam /usr/bin/away
  login_goes_on login-pass && logged '/usr/bin/ecryptfs-pam cannot be run: No such file'
  rc=$?
  mv /usr/bin/away /usr/bin/ecryptfs-pam
  return $rc
}

without_java() {
  local rc
  mount -t tmpfs none /usr/lib/jvm
  login_goes_on login-pass && logged 'no Java 17 or newer was found'
  rc=$?
  umount /usr/lib/jvm
  return $rc
}

full_disks() {
  local directory rc
  cp /tmp/login.exp /var/log/login.exp
  for directory in /tmp /var/tmp /dev/shm; do
    mount -t tmpfs -o size=4k,mode=1777 full "$directory"
    head -c 8k /dev/zero > "$directory/full" 2> /dev/null
  done
  setsid expect /var/log/login.exp alice login-pass 'echo $((20 + 2))' < /dev/null > /var/log/transcript 2>&1
  rc=$?
  for directory in /tmp /var/tmp /dev/shm; do umount "$directory"; done
  cat /var/log/transcript
  [ $rc = 0 ] && tr -d '\r' < /var/log/transcript | grep -qx 22 && wait_until 10 not mounted
}

purged() {
  dpkg -P ecryptfsj && not grep '^[^#].*pam_ecryptfs' /etc/pam.d/* && [ ! -e /usr/share/pam-configs/ecryptfs-utils ] &&
    login_goes_on login-pass
}

check "ecryptfs-utils is installed, and its PAM profile active" c_package_is_active
check "with it, a login opens the directory and the logout closes it" login_opens login-pass
check "our package takes its place" package_over_it
check "and names the users whom that concerns" tells_of_users
check "PAM names the module as before" pam_names_the_module
use_archives
check "the next login opens the directory and the logout closes it" login_opens login-pass
value "a login with logout took" "$took" ms
check "a second session that ends leaves it open" second_login_leaves
check "a changed password opens it" changes_password
check "a password that root changed is told not to open it; the login goes on" root_changes_password
check "the doctor sees that logins open it" eval "ecryptfs-doctor | grep '^ok .*directories of alice'"
check "a program that hangs holds up no login" hanging_program_holds_nobody_up
check "without the program the login goes on, and the log says what is missing" without_the_program
check "without Java too" without_java
check "with full disks too" full_disks
use_package
check "an upgrade says nothing of users and keeps the lines" says_nothing_when_upgraded
check "purged, the lines are gone and the login goes on" purged
