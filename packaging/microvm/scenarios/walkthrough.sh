#!/bin/bash
# The IBM blueprint (docs/blueprint.md), step by step with our commands, and a mount with a key file (docs/key-files.md). Usage: walkthrough.sh set-up|after-reboot
# Run by quickstart, twice with the same TPM and disk.
set -u -o pipefail
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# Shows a command as typed, and what it prints.
shown() {
  printf '# %s\n' "$*"
  eval "$*"
  local rc=$?
  if [ $rc -ne 0 ]; then
    echo "(exit code $rc, which it should not be)"
    exit 1
  fi
}

# The same for a command that must fail.
refused() {
  printf '# %s\n' "$*"
  if eval "$*"; then
    echo '(this should have been refused)'
    exit 1
  fi
}

mount_line() {
  echo "mount -t ecryptfs -o key=tspi:tspi_uuid=$1,ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,no_sig_cache /disk/secret /secret"
}

KEY_FILE_MOUNT='mount -t ecryptfs -o key=keyfile:keyfile=/disk/vault.key /disk/vault /vault'

set_up() {
  title 'The kernel module, with a timeout that a slow TPM can live with'
  shown 'echo "options ecryptfs ecryptfs_message_wait_timeout=60" > /etc/modprobe.d/ecryptfs.conf'
  shown 'modprobe ecryptfs'

  title 'tcsd, and ownership of the TPM'
  echo '# tcsd'
  start_tcsd
  shown 'tpm_createek'
  shown 'tpm_takeownership -y -z'

  title 'A key, sealed to PCRs 0, 2 and 3'
  shown 'ecryptfs-generate-tpm-key -p 0 -p 2 -p 3 | tee /root/key'
  uuid=$(sed -n 's/.*(tspi_uuid parameter): //p' /root/key)

  title 'The daemon'
  shown 'ecryptfsd'

  title 'The mount'
  mkdir -p /disk/secret /secret
  shown "$(mount_line "$uuid")"

  title 'A file: plaintext above, ciphertext below'
  shown 'echo "for this machine only" > /secret/note'
  shown 'cat /secret/note'
  shown 'xxd /disk/secret/note | sed -n "1,4p"'
  shown '! grep -q "this machine" /disk/secret/note && echo "the lower file does not hold the text"'

  title 'What the daemon did'
  shown 'ecryptfsctl status'

  title 'A key file: the same TPM, a recovery code, and a key that the kernel holds'
  shown 'ecryptfs-key create /disk/vault.key --tspi -p 0 -p 2 -p 3 --recovery | tee /root/vault'
  mkdir -p /disk/vault /vault
  shown "$KEY_FILE_MOUNT"
  shown 'echo "no daemon was asked" > /vault/note'
  shown 'ls /disk/vault'
  shown 'umount /vault'

  title 'Unmount, and reboot'
  shown 'umount /secret'
  shown 'kill "$(pgrep -f ecryptfsj.daemon.Ecryptfsd)"'
}

after_reboot() {
  echo 'options ecryptfs ecryptfs_message_wait_timeout=60' > /etc/modprobe.d/ecryptfs.conf
  modprobe ecryptfs
  start_tcsd
  mkdir -p /secret /vault
  uuid=$(sed -n 's/.*(tspi_uuid parameter): //p' /root/key)

  title 'After the reboot: the same TPM, the same state'
  shown 'ecryptfsd --pidfile /run/ecryptfsd.pid'
  shown "$(mount_line "$uuid")"
  shown 'cat /secret/note'
  shown 'umount /secret'

  title 'The machine changes: PCR 2 is extended'
  extend_pcr 2
  shown "$(mount_line "$uuid")"
  refused 'cat /secret/note'
  title 'The log says why'
  shown 'grep "ecryptfsd.*key" "$ECRYPTFSD_LOG" | tail -n 1'
  shown 'umount /secret'

  title 'The key file names the PCR, and takes the recovery code'
  grep -Eo '([0-9A-Z]{5}-){7}[0-9A-Z]{5}' /root/vault > /root/code
  refused "$KEY_FILE_MOUNT < /dev/null"
  shown "$KEY_FILE_MOUNT < /root/code"
  shown 'cat /vault/note'
  shown 'umount /vault'
}

use_ours
case ${1:-} in
  set-up) set_up ;;
  after-reboot) after_reboot ;;
  shell)
    set_up > /dev/null 2>&1
    ecryptfsd
    eval "$(mount_line "$uuid")" > /dev/null
    title 'The walkthrough was made: /secret is mounted over /disk/secret, ecryptfsd runs, the TPM is owned.'
    echo 'Try: echo hello > /secret/a; ls -l /disk/secret; ecryptfsctl status; umount /secret. Leave with exit.'
    ;;
  *)
    echo 'usage: walkthrough.sh set-up|after-reboot|shell' >&2
    exit 2
    ;;
esac
