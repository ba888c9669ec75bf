#!/bin/bash
# Users with an encrypted home and with ~/Private on a machine that systemd has booted: real logins with ecryptfs-utils, with our
# package after it, and with ecryptfs-utils again. Usage: encrypted-home.sh, in a machine of `microvm boot --logins`.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
TRANSCRIPT=/tmp/transcript
# shellcheck source=tests/vm/sessions.sh
. "$(dirname "$0")/sessions.sh"
OURS=$(echo "/microvm/host$MICROVM_DIST"/../ecryptfsj_*.deb)
ARCHIVES=/var/tmp/archives
# systemd's user manager ends 10 s after the last session (UserStopDelaySec), the home is unmounted within 10 s more.
CLOSED_WITHIN=20
password=Login-pass-1
unused=0

mounted() { # user
  grep -qE "^/home/(\.ecryptfs/)?$1/\.Private [^ ]+ ecryptfs " /proc/mounts
}

# A file system that was detached while a process used it is in no mount table, but its superblock uses the kernel module.
closed() { # user
  not mounted "$1" && [ "$(< /sys/module/ecryptfs/refcnt)" = "$unused" ]
}

c_replaces_ours() {
  mkdir -p /var/tmp/c-peer "$ARCHIVES"
  if [ -d /usr/share/c-peer ]; then
    cp /usr/share/c-peer/*.deb /var/tmp/c-peer/
    cp -a /usr/lib/ecryptfsj/*.jsa "$ARCHIVES"
  fi
  DEBIAN_FRONTEND=noninteractive dpkg -P ecryptfsj && DEBIAN_FRONTEND=noninteractive dpkg -i /var/tmp/c-peer/*.deb &&
    grep -H '^[^#].*pam_ecryptfs\.so' /etc/pam.d/common-*
}

# Without Java in its sight the package makes no class-data archives, for which an emulated machine takes minutes; they are those
# that were made with the disk.
ours_replaces_c() {
  local rc
  mount -t tmpfs none /usr/lib/jvm || return 1
  DEBIAN_FRONTEND=noninteractive dpkg -i "$OURS"
  rc=$?
  umount /usr/lib/jvm
  # The daemon uses the kernel module too.
  systemctl stop ecryptfsd
  cp -a "$ARCHIVES"/*.jsa /usr/lib/ecryptfsj/
  [ $rc -eq 0 ] && grep -H '^[^#].*pam_ecryptfs\.so' /etc/pam.d/common-*
}

make_accounts() {
  modprobe ecryptfs && unused=$(< /sys/module/ecryptfs/refcnt)
  useradd -m -s /bin/bash alice && useradd -s /bin/bash erin && install -d -o erin -g erin /home/erin || return 1
  printf '%s:%s\n' alice $password erin $password | chpasswd
  # A prompt that session.exp knows, in homes that are mounted too.
  echo "PS1='\$ '; PROMPT_COMMAND=" > /etc/profile.d/prompt.sh
  echo "PS1='\$ '; PROMPT_COMMAND=" >> /etc/bash.bashrc
  mkdir -p /etc/ssh/keys
  printf '%s\n' 'AuthorizedKeysFile /etc/ssh/keys/%u' 'StrictModes no' >> /etc/ssh/sshd_config
  ssh-keygen -q -t ed25519 -N '' -f /root/key && cp /root/key.pub /etc/ssh/keys/alice && systemctl restart ssh
}

# As adduser --encrypt-home and Mint's user tool do it, which unmount the new home: the first login wraps the passphrase.
set_up_with_c() {
  setsid runuser -u alice -- env HOME=/home/alice ecryptfs-setup-private -l $password -m mount-pass < /dev/null &&
    ecryptfs-setup-private -b -u erin < /dev/null && umount -i /home/erin && ls -lA /dev/shm
}

ssh_to() { # user: the program of in_session
  echo env TERM=dumb ssh -tt -o StrictHostKeyChecking=no -o LogLevel=ERROR -o PubkeyAuthentication="${2:-no}" -i /root/key "$1@localhost"
}

# A login at a terminal; a second session meanwhile, which ends first.
terminal_sessions() {
  log_in alice $password 'echo ours > Private/note' '#su - alice -c "cat Private/note; echo second"' 'cat Private/note' &&
    grep -qx second "$TRANSCRIPT" && [ "$(grep -cx ours "$TRANSCRIPT")" = 2 ]
}

# A login through sshd, with a user manager of systemd.
home_session() {
  # shellcheck disable=SC2046
  in_session $password 'echo home > note' 'systemctl --user is-system-running --wait' 'findmnt -n -o FSTYPE /home/erin' \
    'loginctl --no-pager show-user erin -p State --value' -- $(ssh_to erin) &&
    grep -qx ecryptfs "$TRANSCRIPT" && grep -qxE 'running|degraded' "$TRANSCRIPT" && grep -qx active "$TRANSCRIPT"
}

closes() { # user
  local begin
  begin=$(milliseconds)
  wait_until $CLOSED_WITHIN closed "$1" || {
    grep ecryptfs /proc/mounts
    loginctl list-users
    return 1
  }
  value "$peer: $1's directory closed after" $(($(milliseconds) - begin)) ms
}

# With a key there is no passphrase: the login says so, and goes on.
login_by_key() {
  # shellcheck disable=SC2046
  in_session unused 'ls Private' 'echo $((20 + 2))' -- $(ssh_to alice yes) && grep -qx 22 "$TRANSCRIPT" && not mounted alice
}

su_and_sudo_change_nothing() {
  log_in alice $password '#su - alice -c true; sudo -u alice true' 'cat Private/note' && grep -qx ours "$TRANSCRIPT"
}

password_changes() {
  local next=Login-pass-2
  if [ $password = $next ]; then next=Login-pass-3; fi
  change_password alice $password $next && password=$next && log_in alice $password 'cat Private/note' &&
    grep -qx ours "$TRANSCRIPT"
}

doctor_finds_nothing() {
  ecryptfs-doctor > /tmp/doctor
  grep -E ' (login|login-password|login-keys|plain-passphrase|session-counter) ' /tmp/doctor && not grep -E '^(problem|warning) +(login|plain|session)' /tmp/doctor
}

# In place of the wrapped passphrase.
key_file_unlocks() {
  local configuration=/home/alice/.ecryptfs rc
  printf '%s\n' $password $password | runuser -u alice -- ecryptfs-key import Private \
    --wrapped-passphrase-file $configuration/wrapped-passphrase --passphrase --recovery > /dev/null || return 1
  mv $configuration/wrapped-passphrase $configuration/away
  log_in alice $password 'cat Private/note' && grep -qx ours "$TRANSCRIPT"
  rc=$?
  mv $configuration/away $configuration/wrapped-passphrase
  rm $configuration/Private.key
  return $rc
}

# A process that outlives the session in the directory: it is named, and the directory closes with it. Messages to /dev/log are
# syslogd's, not the journal's.
named_and_closed_with_its_user() {
  log_in alice $password 'cd Private' 'setsid sleep 1000 < /dev/null > /dev/null 2>&1 &' 'cd' || return 1
  not mounted alice && not closed alice && grep 'in use by sleep' /var/log/auth.log && kill "$(pgrep -x -u alice sleep)" &&
    wait_until $CLOSED_WITHIN closed alice
}

# What the C package does is a measurement beside ours, not a failure of ours.
compared() { # sentence, command...
  local sentence=$1
  shift
  if [ $peer = ours ]; then
    check "ours: $sentence" "$@"
  elif "$@" > /tmp/compared 2>&1; then
    echo "C: yes - $sentence"
  else
    sed 's/^/  /' /tmp/compared
    echo "C: no  - $sentence"
  fi
}

logins() {
  compared "a login at a terminal opens ~/Private, and another session that ends leaves it" terminal_sessions
  compared "the last logout closes it" closes alice
  # What a peer left open would stand in the way of what comes next.
  umount -l /home/alice/Private 2> /dev/null
  compared "a login by ssh opens the home, and systemd's user manager runs in it" home_session
  compared "the home is closed after the logout" closes erin
  compared "su and sudo during a session change nothing" su_and_sudo_change_nothing
  closes alice > /dev/null
  umount -l /home/alice/Private /home/erin 2> /dev/null
  rm -f /dev/shm/ecryptfs-*-Private
}

# Our package comes while alice is logged in with the C module: her logout is our module's.
installed_during_a_session() {
  export -f ours_replaces_c
  export OURS ARCHIVES
  log_in alice $password 'cat Private/note' '#ours_replaces_c > /tmp/installation 2>&1; echo installed $?' 'cat Private/note'
  cat /tmp/installation
  grep -q 'installed 0' "$TRANSCRIPT" && [ "$(grep -cx ours "$TRANSCRIPT")" = 2 ]
}

check "the C package takes the place of ours" c_replaces_ours
check "two users are made" make_accounts
check "one has ~/Private, one an encrypted home" set_up_with_c
peer=C
logins
peer=ours
check "our package takes its place while a user is logged in" installed_during_a_session
# That session's login has loaded the C module, which may not unmount any more: see the package's message.
check "root closes the directory of that session" env PAM_USER=alice umount.ecryptfs_private -f
logins
check "ours: a login by an ssh key goes on without the directory" login_by_key
check "ours: a changed password opens it at the next login" password_changes
check "ours: the doctor finds nothing wrong with logins" doctor_finds_nothing
closes alice > /dev/null
check "ours: a key file unlocks the directory in place of the wrapped passphrase" key_file_unlocks
closes alice > /dev/null
check "ours: a process that still uses the directory is named, and it closes with the process" named_and_closed_with_its_user
check "the C package takes the place of ours again" c_replaces_ours
peer=C
check "with it a login opens the directory" eval "log_in alice \$password 'cat Private/note' && grep -qx ours $TRANSCRIPT"
umount -l /home/alice/Private 2> /dev/null
rm -f /dev/shm/ecryptfs-*-Private
peer=ours
check "our package takes its place while nobody is logged in" ours_replaces_c
check "and a login opens the directory" eval "log_in alice \$password 'cat Private/note' && grep -qx ours $TRANSCRIPT"
check "the logout closes it" closes alice
finish
