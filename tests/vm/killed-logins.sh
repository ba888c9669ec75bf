#!/bin/bash
# The PAM module in real logins, where things go wrong: kills at each step of mounting and unmounting, and a TPM 2.0 that unlocks
# the key file, or does not. Usage: killed-logins.sh, with a TPM 2.0.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
TRANSCRIPT=/tmp/transcript
# shellcheck source=tests/vm/sessions.sh
. "$(dirname "$0")/sessions.sh"
PASSPHRASE=Login-pass-1
ALLOWED=/etc/ecryptfsj/login-keys

mounted() { grep -q "^/home/alice/.Private /home/alice/Private ecryptfs " /proc/mounts; }

as() { # user, command...
  local user=$1
  shift
  runuser -u "$user" -- env "HOME=/home/$user" "$@"
}

keys() { as alice keyctl show @u | grep -c ' user: [0-9a-f]\{16\}$'; }

not_mounted_or_counted() { not mounted && [ ! -s "$COUNTER" ] && [ "$(< /dev/shm/ecryptfs-alice-Private)" = 0 ]; }

closed() { not_mounted_or_counted && [ "$(keys)" = 0 ]; }

counted() { echo "counted $(head -n 1 "$COUNTER") $(cat /dev/shm/ecryptfs-alice-Private)"; }

# The module is the delivered one, but for its limits, which are those of real machines.
install_module() {
  local modules
  modules=$(dirname "$(find /lib /usr/lib -name pam_unix.so -print -quit)")
  "${MICROVM_LIB%/microvm/*}/pam/build" "$modules/pam_ecryptfs.so" -DTOTAL_MS=300000 -DSILENCE_MS=200000 || return 1
  ln -sf "$MICROVM_DIST/bin/ecryptfs-pam" /usr/bin/ecryptfs-pam
  cat > /etc/pam.d/login << 'LINES'
auth     required pam_unix.so
auth     optional pam_ecryptfs.so unwrap
account  required pam_permit.so
session  required pam_permit.so
session  optional pam_ecryptfs.so unwrap
LINES
}

# In place of both commands: the command itself, killed before the system call that /tmp/fault names; or its login or the module's
# child is killed before or after it.
install_faults() {
  local name
  mkdir /tmp/real
  for name in mount umount; do
    ln -s "$MICROVM_DIST/lib/launch" "/tmp/real/$name.ecryptfs_private"
    rm "$MICROVM_DIST/sbin/$name.ecryptfs_private"
    cat > "$MICROVM_DIST/sbin/$name.ecryptfs_private" << 'LINES'
#!/bin/bash
name=${0##*/} step='' call=''
if [ -e "/tmp/fault.$name" ]; then
  read -r step call count < "/tmp/fault.$name"
  mv "/tmp/fault.$name" /tmp/done
fi
case $step in
  command) exec strace -q -f -o /tmp/trace -e "trace=$call" -e "inject=$call:signal=KILL:when=$count" "/tmp/real/$name" "$@" ;;
  before) kill -KILL "$ECRYPTFSJ_PAM_SESSION" ;;
  after)
    "/tmp/real/$name" "$@"
    kill -KILL "$ECRYPTFSJ_PAM_SESSION"
    exit
    ;;
  child-after)
    "/tmp/real/$name" "$@"
    pkill -KILL -P "$ECRYPTFSJ_PAM_SESSION"
    exit
    ;;
esac
exec "/tmp/real/$name" "$@"
LINES
    chmod 755 "$MICROVM_DIST/sbin/$name.ecryptfs_private"
  done
}

set_up() {
  local configuration=/home/alice/.ecryptfs sigs
  make_users alice bob && install -d -o alice -g alice -m 700 /home/alice/{.Private,Private,.ecryptfs} || return 1
  echo "alice:$PASSPHRASE" | chpasswd
  printf '%s\n' 'the mount passphrase' "$PASSPHRASE" | as alice ecryptfs-wrap-passphrase $configuration/wrapped-passphrase - || return 1
  sigs=$(printf 'the mount passphrase\n' | as alice ecryptfs-add-passphrase --fnek - | sed -n 's/.*\[\([0-9a-f]\{16\}\)\].*/\1/p')
  printf '%s\n' "$sigs" | as alice tee $configuration/Private.sig && as alice touch $configuration/auto-{mount,umount} &&
    as alice keyctl clear @u
  COUNTER=/run/ecryptfsj/sessions/$(id -u alice)-Private
}

# fault COMMAND STEP...: of the next login or logout. Steps: `command CALL COUNT`, `before`, `after`, `child-after`.
fault() { rm -f /tmp/done && echo "${@:2}" > "/tmp/fault.$1.ecryptfs_private"; }

happened() { [ -e /tmp/done ] || { echo 'the fault did not happen'; return 1; }; }

# The login continues.
killed_open() { # step...
  fault mount "$@"
  log_in alice $PASSPHRASE 'cat Private/ours' 'echo $((20 + 2))' && happened && grep -qx 22 "$TRANSCRIPT"
}

# The keys stay until the next login has mounted.
killed_before_mount() { killed_open command mount 1 && not grep -qx ours "$TRANSCRIPT" && not_mounted_or_counted; }

killed_after_mount() { killed_open "$@" && grep -qx ours "$TRANSCRIPT" && closed; } # step...

killed_login() { # step: the login does not continue
  fault mount "$1"
  log_in alice $PASSPHRASE true && return 1
  wait_until 100 not pgrep -f 'mount\.ecryptfs_private' && happened
}

# Another login finds the files, and is the only one that is counted.
opens() {
  export -f counted
  export COUNTER
  log_in alice $PASSPHRASE 'cat Private/ours' '#counted' "$@" && grep -qx ours "$TRANSCRIPT" && grep -qx 'counted 1 1' "$TRANSCRIPT"
}

killed_close() { # step...: the directory is left open, or closed
  fault umount "$@"
  opens && happened
}

# The shell outlives its login.
killed_in_the_session() { opens '#kill -KILL $(pgrep -x login)' && mounted && ! pgrep -x login; }

opens_and_closes() { opens && closed; }

# By the administrator, in the name of the user: users may not use the TPM.
with_tpm() { runuser -u alice -G tss -- env HOME=/home/alice "$@"; }

made_with_tpm() {
  local configuration=/home/alice/.ecryptfs
  printf '%s\n' $PASSPHRASE $PASSPHRASE | as alice ecryptfs-key import Private \
    --wrapped-passphrase-file $configuration/wrapped-passphrase --passphrase --recovery | tee /tmp/made || return 1
  recovery_codes /tmp/made > /tmp/code
  mv $configuration/wrapped-passphrase /tmp/
  as alice ecryptfs-key add Private --tpm2 -p 7 <<< $PASSPHRASE && return 1
  with_tpm ecryptfs-key add Private --tpm2 -p 7 <<< $PASSPHRASE && as alice ecryptfs-key show Private | grep '^Protector: 3, tpm2'
}

# Without a passphrase, as by ssh with a key.
log_in_without_passphrase() { in_session unused 'cat Private/ours' 'echo $((20 + 2))' -- env -i TERM=dumb PATH=/usr/bin:/bin login -f "$1" &&
  grep -qx 22 "$TRANSCRIPT"; }

opens_by_tpm() { log_in_without_passphrase alice && grep -qx ours "$TRANSCRIPT" && closed && not pgrep -x 'tcsd|ecryptfsd'; }

stays_closed() { # text of the log
  log_in_without_passphrase alice && not grep -qx ours "$TRANSCRIPT" && closed && wait_until 20 logged "$1"
}

key_file_id() { as alice ecryptfs-key show Private | sed -n 's/^Id: *//p'; }

allow() { mkdir -p /etc/ecryptfsj && echo "$1 $(key_file_id)" >> $ALLOWED; }

# Bob has a copy of alice's key file, and the worst of luck: the administrator allows it to him.
bob_has() { # command that makes his key file
  local configuration=/home/bob/.ecryptfs
  rm -rf $configuration
  install -d -o bob -g bob -m 700 /home/bob/{.Private,Private} $configuration
  install -o bob -g bob -m 600 /home/alice/.ecryptfs/Private.key $configuration/copy.key
  as bob touch $configuration/auto-{mount,umount} && as bob "$@"
}

refused_to_bob() { # text of the log
  log_in_without_passphrase bob && wait_until 20 logged "$1" && not as bob sh -c 'keyctl show @u | grep " user: [0-9a-f]\{16\}$"' &&
    not grep ' /home/bob/Private ' /proc/mounts
}

code_opens() {
  as alice ecryptfs-key insert Private --protector recovery < /tmp/code && [ "$(keys)" = 2 ] && as alice keyctl clear @u
}

mount -t tmpfs -o mode=755 homes /home
load_ecryptfs
use_ours
chgrp tss /dev/tpmrm0 && chmod 660 /dev/tpmrm0
tpm2_pcrextend "7:sha256=$(printf 'Secure Boot' | sha256sum | cut -d ' ' -f 1)"
check "a user has a private directory, and the module is installed" eval 'set_up && install_module'
check "a login opens it, with a new file" eval "log_in alice $PASSPHRASE 'echo ours > Private/ours' && closed"
install_faults
check "killed before mount(2): the login continues without it" killed_before_mount
check "killed after mount(2), before the session is counted: the logout closes it" killed_after_mount command pwrite64 1
check "killed between the two counters: the logout closes it" killed_after_mount command pwrite64 2
check "the module's child killed after the session is counted: the logout closes it" killed_after_mount child-after
check "the login killed before the mount: nothing is mounted" eval 'killed_login before && not mounted'
check "the login killed after the mount: it stays mounted" eval 'killed_login after && mounted'
check "the next login counts alone; killed before that is taken back" eval 'killed_close command pwrite64 1 && mounted'
check "the next login counts alone; killed between the counter and umount(2)" eval 'killed_close command umount2 1 && mounted'
check "the next login counts alone; killed after umount(2)" eval 'killed_close command keyctl 1 && not mounted'
check "the next login mounts; the login killed in the session" killed_in_the_session
check "the next login counts alone, and the last logout closes it" opens_and_closes

check "a key file takes the place of the wrapped passphrase, with a TPM 2.0 that users cannot open" made_with_tpm
check "a login without a passphrase does not use the TPM that root has not allowed" stays_closed 'failed for alice .exit code 1.: .*Signature not found'
allow alice
check "it does when root has allowed it, and the logout closes it" opens_by_tpm
bob_has cp /home/bob/.ecryptfs/copy.key /home/bob/.ecryptfs/Private.key
echo "bob 00000000-0000-0000-0000-000000000000" >> $ALLOWED
check "another user's copy of the key file is not unlocked" refused_to_bob 'may not unlock key file'
allow bob
bob_has ln -s /home/bob/.ecryptfs/copy.key /home/bob/.ecryptfs/Private.key
check "a link in place of a key file is not followed, also if root has allowed the file" refused_to_bob 'Private.key is not a regular file'
tpm2_pcrextend "7:sha256=$(printf other | sha256sum | cut -d ' ' -f 1)"
check "a changed machine does not open it, and the log names the PCR" stays_closed 'failed for alice .*PCR 7'
check "the login passphrase does" opens_and_closes
check "so does the recovery code" code_opens
check "rebound to the changed machine, the TPM opens it again" eval 'with_tpm ecryptfs-key rebind Private 3 <<< $PASSPHRASE && opens_by_tpm'
finish
