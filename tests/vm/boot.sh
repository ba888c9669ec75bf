#!/bin/bash
# A machine that boots by its own init, with the package installed. Usage: boot.sh set-up|systemd|sysvinit|changed
# set-up is its first boot, the others find the machine as it left it.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
UUID_FILE=/root/uuid
NOTE='written before the reboot'

journal() { # unit
  journalctl -b --no-pager -u "$1" | tail -n 20
}

is_active() { # unit
  systemctl is-active "$1" || {
    systemctl status --no-pager "$1"
    journal "$1"
    return 1
  }
}

mount_settings() {
  mkdir -p /srv/lower /secret
  sed -e "s|^TSPI_UUID=.*|TSPI_UUID=$(cat "$UUID_FILE")|" -e 's|^SRC_PATH=.*|SRC_PATH=/srv/lower|' \
    -e 's|^MOUNT_POINT=.*|MOUNT_POINT=/secret|' -i /etc/default/ecryptfs-tpm-mount
}

# A second directory, by a key of its own in the fast mode.
named_settings() {
  local uuid
  uuid=$(ecryptfs-generate-tpm-key -p 0 -p 2 -p 3 | sed -n 's/.*(tspi_uuid parameter): //p')
  mkdir -p /srv/lower2 /fast
  cat > /etc/ecryptfsj/mounts/fast.conf << END
SRC_PATH=/srv/lower2
MOUNT_POINT=/fast
MOUNT_OPTIONS=key=tspi:tspi_uuid=$uuid:tspi_mode=envelope,ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,no_sig_cache
END
}

# A third one, by a key file.
key_file_settings() {
  mkdir -p /srv/vault /vault
  ecryptfs-key create vault --tspi -p 0 -p 2 -p 3 --recovery > /tmp/made || return 1
  recovery_codes /tmp/made > /root/vault-code
  cat > /etc/ecryptfsj/mounts/vault.conf << END
KEY_FILE=/etc/ecryptfsj/keys/vault.key
SRC_PATH=/srv/vault
MOUNT_POINT=/vault
END
}

swap_settings() {
  mkswap /dev/vdb | tee /tmp/mkswap
  sed -i "s|^SWAP_DEVICE=.*|SWAP_DEVICE=UUID=$(blkid -s UUID -o value /dev/vdb)|" /etc/default/encrypted-swap
}

enabled_for_both() { # service
  systemctl enable "$1" && update-rc.d "$1" enable && ls /etc/rc?.d/S??"$1"
}

note_is_ciphertext_below() {
  local directory
  for directory in /secret /fast /vault; do [ "$(cat $directory/note)" = "$NOTE" ] || return 1; done
  sync
  if grep -qr "$NOTE" /srv/lower /srv/lower2 /srv/vault; then return 1; fi
}

exit_code_is() { # code, command...
  local expected=$1 code
  shift
  "$@"
  code=$?
  echo "exit code $code"
  [ $code -eq "$expected" ]
}

takes_no_other_device() {
  sed 's|^SWAP_DEVICE=.*|SWAP_DEVICE=/dev/vda|' /etc/default/encrypted-swap > /tmp/other
  cp /etc/default/encrypted-swap /tmp/kept
  cp /tmp/other /etc/default/encrypted-swap
  /usr/lib/ecryptfsj/boot/encrypted-swap start > /tmp/refusal 2>&1
  local code=$?
  cp /tmp/kept /etc/default/encrypted-swap
  cat /tmp/refusal
  [ $code -eq 1 ] && grep -q 'can contain data' /tmp/refusal
}

# Data that left the memory for the swap is readable through the mapping only.
swap_is_ciphertext() {
  local group=/sys/fs/cgroup/swapped pattern="the-pattern-$RANDOM$RANDOM"
  mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup /sys/fs/cgroup
  echo +memory > /sys/fs/cgroup/cgroup.subtree_control
  mkdir "$group" /run/swapped
  mount -t tmpfs -o size=32M swapped /run/swapped
  bash -c "echo \$\$ > $group/cgroup.procs; exec seq -f '$pattern-%.0f' 150000 > /run/swapped/pages"
  # More than there is to give back: the kernel takes what it can, and says that it was not all.
  { echo 16M > $group/memory.reclaim; } 2> /dev/null || true
  sync
  cat /proc/swaps
  local above below
  above=$(grep -c -a "$pattern" /dev/mapper/encrypted-swap)
  below=$(grep -c -a "$pattern" /dev/vdb)
  umount /run/swapped
  echo "lines with the pattern: $above through the mapping, $below on the device"
  [ "$above" -gt 0 ] && [ "$below" -eq 0 ]
}

only_encrypted_swap() {
  cat /proc/swaps
  [ "$(sed 1d /proc/swaps | wc -l)" = 1 ] && lsblk -nro TYPE "$(awk 'NR == 2 { print $1 }' /proc/swaps)" | grep -qx crypt
}

can_write() { echo more > /secret/more && [ "$(cat /secret/more)" = more ]; }

first_boot() {
  check "the daemon runs after the first boot" is_active ecryptfsd
  check "the TPM is owned" own_tpm
  check "a key is made, bound to PCRs 0, 2 and 3" generate_key -p 0 -p 2 -p 3
  check "without settings the mount says what is missing" exit_code_is 6 /usr/lib/ecryptfsj/boot/tpm-mount start
  mount_settings
  named_settings
  check "a key file is made, bound to the same PCRs" key_file_settings
  check "the settings are taken, and the mounts made" \
    systemctl start ecryptfs-tpm-mount ecryptfs-tpm-mount@fast ecryptfs-tpm-mount@vault
  echo "$NOTE" | tee /secret/note /vault/note > /fast/note
  check "files are written, and are ciphertext below" note_is_ciphertext_below
  check "the mount service is enabled for both inits" enabled_for_both ecryptfs-tpm-mount
  systemctl enable ecryptfs-tpm-mount@fast ecryptfs-tpm-mount@vault
  swap_settings
  check "the swap service is enabled for both inits" enabled_for_both encrypted-swap
  check "a device without a swap header is not taken for swap" takes_no_other_device
}

booted() {
  drop_caches
  check "the directory is mounted" findmnt -t ecryptfs /secret
  check "and the other one" findmnt -t ecryptfs /fast
  check "and that of the key file, which the daemon guards" eval 'findmnt -t ecryptfs /vault && wait_until 10 guards /vault'
  check "the files written before read" note_is_ciphertext_below
  check "a file can be written" can_write
  check "the only swap is encrypted" only_encrypted_swap
  check "what is swapped out cannot be read on the disk" swap_is_ciphertext
}

guards() { ecryptfsctl status | grep -E "$1\$"; }

seconds_of() { # unit
  systemctl show "$1" -p ExecMainStartTimestampMonotonic -p ExecMainExitTimestampMonotonic |
    awk -F= '{ at[NR] = $2 } END { d = at[1] - at[2]; if (d < 0) d = -d; printf "%.1f\n", d / 1e6 }'
}

took_less_than() { # seconds, unit
  local took
  took=$(seconds_of "$2")
  echo "$2 took $took s"
  [ "${took%.*}" -lt "$1" ]
}

in_journal() { # unit, words
  journal "$1" | grep -E -- "$2"
}

nothing_is_mounted() { ! grep ' ecryptfs ' /proc/mounts; }

service_code() { # code, service, what to do
  exit_code_is "$1" /etc/init.d/"$2" "$3"
}

daemon_pid() { pgrep -o -f 'java .*ecryptfsj.daemon.Ecryptfsd'; }

# restarts_to_another COMMAND...: after it the daemon is another process
restarts_to_another() {
  local before after
  before=$(daemon_pid)
  "$@" || return 1
  after=$(daemon_pid)
  echo "before $before, now $after"
  [ -n "$after" ] && [ "$before" != "$after" ]
}

is_confined() {
  cat "/proc/$(daemon_pid)/attr/current" | tee /tmp/confined
  grep -qx 'ecryptfsd (enforce)' /tmp/confined
}

# Memory may be locked and files read, and no further rights be won.
is_deprived() {
  grep -E '^(CapPrm|CapEff|CapBnd|NoNewPrivs):' "/proc/$(daemon_pid)/status" | tee /tmp/rights
  [ "$(grep -Ecx 'Cap(Prm|Eff|Bnd):.0*4004' /tmp/rights)" = 3 ] && grep -qx 'NoNewPrivs:.1' /tmp/rights
}

calls_are_filtered() {
  grep '^Seccomp' "/proc/$(daemon_pid)/status" | tee /tmp/seccomp
  grep -qx 'Seccomp:.2' /tmp/seccomp
}

nothing_was_denied() { ! dmesg | grep 'apparmor="DENIED"'; }

systemd() {
  check "process 1 is systemd" grep -qx systemd /proc/1/comm
  for unit in tcsd ecryptfsd ecryptfs-tpm-mount encrypted-swap; do
    check "$unit is active" is_active $unit
  done
  booted
  check "a restart makes another daemon" restarts_to_another systemctl restart ecryptfsd
  drop_caches
  check "and the file reads" note_is_ciphertext_below
  check "AppArmor confines the daemon" is_confined
  check "and had nothing to deny" nothing_was_denied
  check "the filter of system calls is in force" calls_are_filtered
  value 'boot' "$(systemd-analyze time | sed -n 's/.*= \(.*\)/\1/p' | head -n 1)" ''
}

sysvinit() {
  check "process 1 is init" grep -qx init /proc/1/comm
  booted
  for service in ecryptfsd ecryptfs-tpm-mount encrypted-swap; do
    check "$service status: 0 when it runs" service_code 0 $service status
    check "$service start: 0 when it runs already" service_code 0 $service start
    check "$service without a word to do: 2" exit_code_is 2 /etc/init.d/$service
  done
  check "condrestart makes another daemon" restarts_to_another service_code 0 ecryptfsd condrestart
  drop_caches
  check "and the file reads" note_is_ciphertext_below
  check "AppArmor confines the daemon" is_confined
  check "and had nothing to deny" nothing_was_denied
  check "the launcher leaves the daemon two capabilities" is_deprived
  check "the mounts stop" service_code 0 ecryptfs-tpm-mount stop
  check "its status then: 3" service_code 3 ecryptfs-tpm-mount status
  check "the daemon stops" service_code 0 ecryptfsd stop
  check "its status then: 3" service_code 3 ecryptfsd status
  check "condrestart leaves it stopped: 0" service_code 0 ecryptfsd condrestart
  echo 99999 > /run/ecryptfsd.pid
  check "its status with a pid file left: 1" service_code 1 ecryptfsd status
  check "without the daemon the mount is refused" service_code 1 ecryptfs-tpm-mount start
  check "and the log says why" grep 'ecryptfs-tpm-mount: /secret is not mounted: ecryptfsd is not running' /var/log/syslog
  check "and is not there; the directory of the key file is, without a daemon" only_the_key_files_is_mounted
  check "if ASK=yes the console asks for the recovery code, which mounts it" the_code_typed_at_the_console_mounts
}

# The code is put into the console's input before the question comes, as if it were typed. The console stays open, because its
# input is discarded when the last program closes it.
# Without tcsd the TPM cannot unlock.
the_code_typed_at_the_console_mounts() {
  local settings=/etc/ecryptfsj/mounts/vault.conf tiocsti=0x5412 console code
  cp $settings /root/vault.conf
  echo ASK=yes >> $settings
  service trousers stop
  umount /vault || return 1
  exec {console}<> /dev/console
  perl -e 'foreach my $letter (split(//, <STDIN>)) { ioctl(STDOUT, '$tiocsti', $letter) or die $!; }' \
    < /root/vault-code >&"$console" && /usr/lib/ecryptfsj/boot/tpm-mount start vault && [ "$(cat /vault/note)" = "$NOTE" ]
  code=$?
  exec {console}>&-
  cp /root/vault.conf $settings
  return $code
}

only_the_key_files_is_mounted() { [ "$(awk '$3 == "ecryptfs" { print $2 }' /proc/mounts)" = /vault ]; }

a_question_waits() { compgen -G '/run/systemd/ask-password/ask.*'; }

# By an agent of systemd, on a terminal, as a person at the console does.
the_code_typed_at_systemds_question_mounts() {
  echo ASK=yes >> /etc/ecryptfsj/mounts/vault.conf
  systemctl reset-failed ecryptfs-tpm-mount@vault
  systemctl start --no-block ecryptfs-tpm-mount@vault
  wait_until 120 a_question_waits || return 1
  grep -h '^\(Message\|Id\)=' /run/systemd/ask-password/ask.*
  script -qec 'systemd-tty-ask-password-agent --query' /dev/null < /root/vault-code
  wait_until 120 systemctl is-active ecryptfs-tpm-mount@vault && [ "$(cat /vault/note)" = "$NOTE" ]
}

changed() {
  check "the machine is up" systemctl is-active multi-user.target
  check "tcsd and the daemon run" is_active ecryptfsd
  check "the mount has failed" systemctl is-failed ecryptfs-tpm-mount
  check "and that of the other directory" systemctl is-failed ecryptfs-tpm-mount@fast
  check "and that of the key file" systemctl is-failed ecryptfs-tpm-mount@vault
  check "none is there" nothing_is_mounted
  check "the key file's line names the PCR, and what binds it anew" \
    in_journal ecryptfs-tpm-mount@vault '/vault is not mounted: .*PCR 2 .*ecryptfs-key rebind /etc/ecryptfsj/keys/vault.key'
  check "the log says so clearly" in_journal ecryptfs-tpm-mount '/secret is not mounted: TPM key .* cannot be used'
  check "the daemon's lines say which PCRs" in_journal ecryptfsd 'PCR.*composite'
  check "if ASK=yes systemd asks for the recovery code, which mounts it" the_code_typed_at_systemds_question_mounts
  check "AppArmor had nothing to deny" nothing_was_denied
  check "nothing is left of the try" test -z "$(find /srv/lower /srv/lower2 /srv/vault -name '.ecryptfs-tpm-mount*')"
  check "boot was not held up beyond the unit's limit" took_less_than 90 ecryptfs-tpm-mount
}

case ${1:-} in
  set-up) first_boot ;;
  systemd | sysvinit | changed) "$1" ;;
  *)
    echo "usage: boot.sh set-up|systemd|sysvinit|changed" >&2
    exit 2
    ;;
esac
finish
