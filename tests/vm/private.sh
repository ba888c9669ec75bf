#!/bin/bash
# A user's private directory: set up, mounted, shared by sessions, refused, mounted at login; beside the C tools.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"

TRANSCRIPT=/tmp/transcript
COUNTER=/dev/shm/ecryptfs-alice-Private
# The number that only root can change: it is there while it is not 0.
ROOTS=/run/ecryptfsj/sessions

as() { # user, shell command
  setsid runuser -u "$1" -- keyctl session - /bin/bash -c \
    "keyctl link @u @s; PATH='$PATH' HOME=/home/$1; cd; $2" 2>&1 | grep -v '^Joined session keyring' | tee "$TRANSCRIPT"
  return "${PIPESTATUS[0]}"
}

says() { grep -qF -- "$1" "$TRANSCRIPT"; }

mounted() { grep -q "^/home/alice/.Private /home/alice/Private ecryptfs " /proc/mounts; }

counts() { [ "$(cat "$COUNTER")" = "$1" ] && [ "$(head -n 1 "$ROOTS/$(id -u alice)-Private" 2> /dev/null || echo 0)" = "$1" ]; }

no_keys() { as alice 'for sig in $(cat .ecryptfs/Private.sig); do keyctl search @u user $sig && exit 1; done; true'; }

cat > /tmp/answer.exp << 'END'
# Types the passphrases of alice at the prompts.
set timeout 900
spawn {*}$argv
expect {
  -re {login passphrase[^:]*: ?$} { send "login-pass\r"; exp_continue }
  -re {mount passphrase[^:]*: ?$} { send "mount-pass\r"; exp_continue }
  eof
}
exit [lindex [wait] 3]
END
chmod 644 /tmp/answer.exp

refuses_before_the_administrators_part() {
  as alice 'ecryptfs-setup-private' && return 1
  says 'ecryptfs-setup-private --sudoers' && [ ! -e /home/alice/.ecryptfs ] && [ ! -e /home/alice/Private ]
}

administrator_allows() { ecryptfs-setup-private --sudoers && visudo -cq; }

sets_up() {
  as alice 'expect /tmp/answer.exp ecryptfs-setup-private' && says 'Testing succeeded.' && not mounted
}

files_as_documented() {
  [ "$(cat /home/alice/.ecryptfs/Private.mnt)" = /home/alice/Private ] &&
    [ "$(grep -Ecx '[0-9a-f]{16}' /home/alice/.ecryptfs/Private.sig)" = 2 ] &&
    [ "$(stat -c %a /home/alice/.Private /home/alice/Private | tr '\n' ' ')" = '700 500 ' ] &&
    [ -e /home/alice/.ecryptfs/auto-mount ] && [ -e /home/alice/.ecryptfs/auto-umount ] &&
    [ "$(stat -c %a /home/alice/.ecryptfs/wrapped-passphrase)" = 600 ] &&
    [ -z "$(ls /home/alice/.Private)" ] && no_keys
}

wrong_passphrase() {
  as alice "printf 'bad\nworse\nworst\n' | ecryptfs-mount-private" && return 1
  [ "$(grep -c 'ERROR: Your passphrase is incorrect' "$TRANSCRIPT")" = 3 ] &&
    says 'ERROR: Too many incorrect password attempts, exiting' && not mounted
}

right_passphrase() {
  as alice "printf 'login-pass\n' | ecryptfs-mount-private && echo ours > Private/ours" && mounted && counts 1 &&
    grep -q '/home/alice/Private ecryptfs .*nosuid,nodev' /proc/mounts
}

second_session() { as alice mount.ecryptfs_private && counts 2; }

one_session_leaves() {
  as alice umount.ecryptfs_private && return 1
  says 'Sessions still open, not unmounting' && counts 1 && mounted
}

last_session_leaves() { as alice umount.ecryptfs_private && counts 0 && not mounted && no_keys; }

c_reads_ours() {
  use_c_peer
  as alice 'expect /tmp/answer.exp ecryptfs-mount-private && cat Private/ours && echo C > Private/c' && says ours &&
    as alice 'ecryptfs-umount-private' && not mounted
}

ours_reads_c() {
  use_ours
  as alice "printf 'login-pass\n' | ecryptfs-mount-private && cat Private/c" && says C && mounted
}

c_counts_with_ours() {
  mounted && counts 1 || return 1
  use_c_peer
  as alice '/sbin/mount.ecryptfs_private' && [ "$(cat $COUNTER)" = 2 ]
  use_ours
  as alice umount.ecryptfs_private && return 1
  counts 1 && mounted && as alice umount.ecryptfs_private && counts 0 && not mounted
}

# Bob is first at every name that the C tools try.
counters_of_bobs() {
  rm -f "$COUNTER"
  as bob "for i in '' \$(seq -f -%g 1 49); do echo 9 > $COUNTER\$i; done" || return 1
  as alice "printf 'login-pass\n' | ecryptfs-mount-private" && mounted && [ "$(head -n 1 "$ROOTS/$(id -u alice)-Private")" = 1 ] &&
    [ "$(stat -c '%u %a' "$ROOTS" "$ROOTS/$(id -u alice)-Private" | xargs)" = '0 755 0 600' ] &&
    as alice mount.ecryptfs_private && as alice 'umount.ecryptfs_private -d' && mounted &&
    as alice umount.ecryptfs_private && not mounted && [ -z "$(ls "$ROOTS")" ] && [ "$(cat "$COUNTER")" = 9 ]
  local rc=$?
  rm -f "$COUNTER" "$COUNTER"-*
  # What comes next needs the keys.
  as alice "printf 'login-pass\n' | ecryptfs-mount-private" && return $rc
}

alias_of_its_own() {
  as alice 'mkdir lo up; echo "/home/alice/lo /home/alice/up ecryptfs none 0 0" > .ecryptfs/al.conf
    cp .ecryptfs/Private.sig .ecryptfs/al.sig
    mount.ecryptfs_private al && echo secret > up/file && ! grep -rq secret lo &&
      grep " /home/alice/up ecryptfs" /proc/mounts && [ "$(cat /dev/shm/ecryptfs-alice-al)" = 1 ] &&
      umount.ecryptfs_private al' &&
    not grep -q ' /home/alice/up ' /proc/mounts
}

refused() { # conf, words
  as alice "printf 'login-pass\n' | /usr/bin/ecryptfs-insert-wrapped-passphrase-into-keyring .ecryptfs/wrapped-passphrase -
    echo '$1' > .ecryptfs/al.conf; mount.ecryptfs_private al" && return 1
  says "$2"
}

bad_signature() {
  as alice 'echo 0123 > .ecryptfs/al.sig; mount.ecryptfs_private al' && return 1
  says 'Invalid hex signature'
}

missing_key() {
  as alice 'echo 0123456789abcdef > .ecryptfs/al.sig; mount.ecryptfs_private al' && return 1
  says 'Signature not found in user keyring'
}

force_unmounts() {
  echo 7 > "$COUNTER"
  as alice 'umount.ecryptfs_private -f' && counts 0 && not mounted
}

not_for_another_user() {
  as bob "PAM_TYPE=x PAM_USER=alice SUDO_UID=$(id -u alice) sudo -n -- $MICROVM_DIST/sbin/mount.ecryptfs_private" && return 1
  says /home/bob/.ecryptfs/Private.sig || return 1
  as bob "sudo -n PAM_USER=alice $MICROVM_DIST/sbin/mount.ecryptfs_private" && return 1
  says 'not allowed to set the following environment variables: PAM_USER'
}

root_sets_up_for() { # user, whose part has no terminal of root's
  expect /tmp/answer.exp ecryptfs-setup-private --nopwcheck --username "$1" > "$TRANSCRIPT" 2>&1
  local rc=$?
  cat "$TRANSCRIPT"
  [ $rc = 0 ] && says 'Testing succeeded.' && [ "$(stat -c '%U %a' "/home/$1/.ecryptfs/wrapped-passphrase")" = "$1 600" ]
}

pam_service() {
  cat > /etc/pam.d/private << END
auth     required pam_unix.so
auth     optional pam_exec.so seteuid expose_authtok quiet $MICROVM_DIST/bin/ecryptfs-pam
account  required pam_permit.so
session  required pam_permit.so
session  optional pam_exec.so seteuid quiet $MICROVM_DIST/bin/ecryptfs-pam
END
}

login() { printf '%s\n' "$1" | setsid keyctl session - pamtester private "${2:-alice}" authenticate; }

login_refused() { login "$1" > /tmp/refused 2>&1 && return 1; cat /tmp/refused; grep -q 'Authentication failure' /tmp/refused; }

logs_in() { login login-pass && setsid pamtester private alice open_session && mounted && counts 1; }

keys_wait() { # a user with no process has keys
  not pgrep -u alice && as alice 'for sig in $(cat .ecryptfs/Private.sig); do keyctl search @u user $sig || exit 1; done'
}

reads_after_login() { as alice 'cat Private/ours' && says ours; }

logs_out() { setsid pamtester private alice close_session && not mounted && no_keys; }

login_without() {
  mv /home/alice/.ecryptfs/wrapped-passphrase /home/alice/.ecryptfs/away
  login login-pass && setsid pamtester private alice open_session && not mounted
  local rc=$?
  mv /home/alice/.ecryptfs/away /home/alice/.ecryptfs/wrapped-passphrase
  return $rc
}

new_home() {
  ecryptfs-setup-private --bootstrap --username bob && grep '^/home/.ecryptfs/bob/.Private /home/bob ecryptfs ' /proc/mounts &&
    as bob 'echo at home > file' && SUDO_UID=$(id -u bob) umount.ecryptfs_private && [ ! -e /home/bob/file ] &&
    [ "$(stat -c %a /home/bob)" = 500 ] && [ -s /dev/shm/.ecryptfs-bob ]
}

first_login() {
  login bob-pass bob && [ ! -e /dev/shm/.ecryptfs-bob ] && [ -s /home/bob/.ecryptfs/wrapped-passphrase ] &&
    setsid pamtester private bob open_session && as bob 'cat file' && says 'at home' &&
    setsid pamtester private bob close_session && [ ! -e /home/bob/file ]
}

# As ecryptfs-setup-private leaves it. The file in /dev/shm is the only copy of the passphrase.
first_login_while_mounted() {
  # ecryptfs-utils makes the passphrase with the mode 400.
  ecryptfs-setup-private --bootstrap --username dave && chmod 400 /dev/shm/.ecryptfs-dave && grep ' /home/dave ecryptfs ' /proc/mounts && login dave-pass dave &&
    [ ! -e /dev/shm/.ecryptfs-dave ] && umount /home/dave && [ -s /home/dave/.ecryptfs/wrapped-passphrase ]
}

by_fstab() {
  rm /etc/sudoers.d/ecryptfsj
  as alice 'printf "login-pass\n" | ecryptfs-insert-wrapped-passphrase-into-keyring .ecryptfs/wrapped-passphrase -
    mount.ecryptfs_private' && return 1
  grep -E '^/home/alice/.Private /home/alice/Private ecryptfs ' "$TRANSCRIPT" >> /etc/fstab || return 1
  as alice 'mount.ecryptfs_private && cat Private/ours && umount.ecryptfs_private' && says ours && not mounted && no_keys
}

mount -t tmpfs -o mode=755 homes /home
: > /etc/fstab
make_users alice bob carol dave
printf '%s\n' alice:login-pass bob:bob-pass dave:dave-pass | chpasswd
load_ecryptfs
use_ours

check "setting up is refused with the reason, and nothing written, while users may not mount" \
  refuses_before_the_administrators_part
check "the administrator allows it with one command" administrator_allows
check "a user sets up a private directory at the prompts, and it is tested" sets_up
check "the files of ~/.ecryptfs are as documented, and nothing is left of the test" files_as_documented
check "a wrong passphrase is refused three times" wrong_passphrase
check "the right one mounts, and a file is written" right_passphrase
check "a second session is counted" second_session
check "the first session that leaves unmounts nothing" one_session_leaves
check "the last session that leaves unmounts, and the keys are gone" last_session_leaves
check "the C tools mount what ours set up, read and write" c_reads_ours
check "ours reads what the C tools wrote" ours_reads_c
check "sessions of the C tools and ours are counted together" c_counts_with_ours
check "another user's files in place of the counter do not prevent a mount" counters_of_bobs
check "an alias has places, keys and a counter of its own" alias_of_its_own
check "another user's mount point is refused" refused '/home/alice/lo /usr ecryptfs none' 'You do not own'
check "a mount point in proc is refused" refused '/home/alice/lo /proc/self ecryptfs none' 'unapproved filesystem type'
check "another user's lower directory is refused" refused '/usr /home/alice/up ecryptfs none' 'mount /usr'
check "a bad signature file is refused" bad_signature
check "a key that is not in the keyring is refused" missing_key
check "-f unmounts whatever the counter says" force_unmounts
check "sudo with another user's name in the environment mounts nothing of that user" not_for_another_user
pam_service
check "a wrong login passphrase is refused" login_refused bad
check "a login without a usable private directory succeeds all the same" login_without
check "a login mounts" logs_in
check "the user's files are there" reads_after_login
check "a logout unmounts, and the keys are gone" logs_out
check "keys put in at login wait for the session without any process of the user" eval 'login login-pass && keys_wait'
check "root sets up the whole home directory of a new user" new_home
check "the first login wraps its passphrase and mounts it" first_login
check "a first login while the new home is still mounted wraps its passphrase too" first_login_while_mounted
check "root sets up the private directory of another user" root_sets_up_for carol
check "without sudo, a line of fstab that the refusal shows lets the user mount" by_fstab
# shellcheck source=tests/vm/logins.sh
. "$(dirname "$0")/logins.sh"
finish
