#!/bin/bash
# A TPM 2.0 as protector of a key file: made, used after a reboot and by a changed machine, bound anew, guarded while it is mounted,
# with a PIN, and with another TPM. No tcsd runs. Arguments: nothing, then after-reboot, then another-tpm, each in another run of one
# disk.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
KEY=/disk/keys/secret.key
PIN_KEY=/disk/keys/pin.key
CODE=/disk/code
LOG_KEY=/disk/keys/log.key
GAP_KEY=/disk/keys/gap.key

# What the firmware and the boot loader of this machine measure.
boots() {
  tpm2_pcrextend "7:sha256=$(printf 'Secure Boot' | sha256sum | cut -d ' ' -f 1)"
  tpm2_pcrextend "14:sha256=$(printf shim | sha256sum | cut -d ' ' -f 1)"
}

another_boot_loader() { tpm2_pcrextend "7:sha256=$(printf other | sha256sum | cut -d ' ' -f 1)"; }

mount_key_file() { # further options
  mount -t ecryptfs -o "key=keyfile:keyfile=$KEY${1:+,$1}" /disk/lower /secret 2>&1 | tee "$LAST_OUTPUT"
  return "${PIPESTATUS[0]}"
}

mounts_alone() { mount_key_file noask < /dev/null; }

mounts_with_code() { mount_key_file < "$CODE"; }

reads() { drop_caches && [ "$(cat /secret/file)" = held ]; }

is_made() {
  ecryptfs-key create "$KEY" --label 'the secret' --tpm2 -p 7 -p 14 --recovery < /dev/null | tee /tmp/created
  [ "${PIPESTATUS[0]}" = 0 ] || return 1
  recovery_codes /tmp/created > "$CODE"
}

shows() { # pattern...
  local pattern
  ecryptfs-key show "$KEY" | tee /tmp/shown
  for pattern; do grep -Eq -- "$pattern" /tmp/shown || return 1; done
}

refuses() { # text, command...
  local text=$1
  shift
  "$@" > /tmp/refusal 2>&1 && return 1
  cat /tmp/refusal
  grep -Fq -- "$text" /tmp/refusal
}

cannot_open() { drop_caches && not cat /secret/file && not eval ': > /secret/new' 2> /dev/null; }

guarded() { ecryptfsctl status | grep /secret; }

revoked_when_the_machine_changes() {
  another_boot_loader
  wait_until 20 cannot_open && logged "PCR 7.*/secret.*$KEY"
}

refused_with_the_register() {
  mounts_alone && return 1
  grep -E 'protector 1 \(tpm2.*PCR 7 has another value' "$LAST_OUTPUT" && not mountpoint -q /secret
}

binds_anew() {
  umount /secret
  ecryptfs-key rebind "$KEY" 1 < "$CODE" && mounts_alone && reads && umount /secret
}

with_pin() { # pin, command...
  local pin=$1
  shift
  "$@" <<< "$pin"
}

pin_is_needed() {
  with_pin 4711-0815 ecryptfs-key create "$PIN_KEY" --no-names --tpm2 -p 7 --pin || return 1
  with_pin 4711-0815 ecryptfs-key test "$PIN_KEY"
}

locks_itself() {
  # One wrong PIN was counted before.
  with_pin guessed ecryptfs-key test "$PIN_KEY"
  with_pin guessed ecryptfs-key test "$PIN_KEY"
  refuses 'the TPM refuses all PINs after 3 wrong ones' with_pin 4711-0815 ecryptfs-key test "$PIN_KEY" || return 1
  tpm2_dictionarylockout -c && with_pin 4711-0815 ecryptfs-key test "$PIN_KEY"
}

# The lines of docs/tpm2.md that read the mount passphrase.
tools_read_the_mount_passphrase() {
  local page
  page=$(dirname "$0")/../../docs/tpm2.md
  sed -n '/^## The mount passphrase without/,/^## Beside/s/^    //p' "$page" > /tmp/lines
  mkdir -m 700 /tmp/by-hand
  (cd /tmp/by-hand && KEY=$KEY PCRS=sha256:7,14 bash -e /tmp/lines) || return 1
  ecryptfs-key export --yes "$KEY" < "$CODE" > /tmp/exported
  grep -Eq '^[0-9a-f]{64}$' /tmp/by-hand/passphrase && grep -Fq "$(cat /tmp/by-hand/passphrase)" /tmp/exported
}

# The kernel says that the log has no bytes, as it does of most of its files.
has_event_log() {
  mount -t securityfs securityfs /sys/kernel/security &&
    [ "$(head -c 1 /sys/kernel/security/tpm0/binary_bios_measurements | wc -c)" = 1 ]
}

log_explains() {
  ecryptfs-key create "$LOG_KEY" --no-names --tpm2 -p 0 < /dev/null && ecryptfs-key test "$LOG_KEY" < /dev/null || return 1
  grep -q '"digest"' "$LOG_KEY" && ecryptfs-key show "$LOG_KEY" | grep 'TPM 2.0, PCR 0 (sha256)$'
}

log_does_not_explain() {
  ecryptfs-key create "$GAP_KEY" --no-names --tpm2 -p 0 -p 7 < /dev/null && ecryptfs-key test "$GAP_KEY" < /dev/null || return 1
  ecryptfs-key show "$GAP_KEY" | grep 'no events of PCR 7 are kept'
}

software_changes_the_pcr() {
  tpm2_pcrextend "0:sha256=$(printf other | sha256sum | cut -d ' ' -f 1)"
  ecryptfs-key show "$LOG_KEY" | grep 'PCR 0: the boot was the same as then; software changed the PCR after it'
}

needs_no_daemon() { not pgrep -x tcsd && not pgrep -x ecryptfsd; }

mkdir -p /secret /disk/lower /disk/keys
chmod 700 /disk/keys
load_ecryptfs
use_ours
case ${1:-} in
  '')
    check "a PCR that nothing was measured into is refused" \
      refuses 'PCR 14 of bank sha256 has the value of the start' ecryptfs-key create "$KEY" --tpm2 -p 14
    boots
    check "a key file is made, with a TPM 2.0 and a recovery code" is_made
    check "it shows both protectors, bound to PCRs 7 and 14" \
      shows '^Protector: 1, tpm2' 'TPM 2.0, PCRs 7, 14 \(sha256\)$' '^Protector: 2, recovery'
    check "it is mounted by the TPM, and asks nobody" mounts_alone
    check "neither tcsd nor ecryptfsd runs" needs_no_daemon
    check "a file is written and read" eval 'echo held > /secret/file && reads'
    check "tpm2-tools and openssl alone read the mount passphrase" tools_read_the_mount_passphrase
    check "a PIN is needed where one was set" pin_is_needed
    check "a wrong PIN is told from a changed PCR" refuses 'the PIN is wrong' with_pin guessed ecryptfs-key test "$PIN_KEY"
    check "without a person the PIN is not guessed" refuses 'there is no line on standard input' eval 'ecryptfs-key test "$PIN_KEY" < /dev/null'
    check "the TPM locks itself, and says so" locks_itself
    check "the generator of TPM 1.2 keys names the command to use" refuses '--tpm2 -p 7 --recovery' ecryptfs-generate-tpm-key -p 0
    check "the firmware of this machine has an event log" has_event_log
    check "a key file keeps its events" log_explains
    check "it keeps none of a PCR that software extended, and says so" log_does_not_explain
    check "a PCR that software extends later is told from another boot" software_changes_the_pcr
    umount /secret
    ;;
  after-reboot)
    boots
    check "after a reboot it is mounted by the TPM" eval 'mounts_alone && reads'
    start_ecryptfsd
    check "a daemon that starts guards it" wait_until 5 guarded
    check "a changed PCR revokes the key, and the log names both" revoked_when_the_machine_changes
    umount /secret
    check "the changed machine is refused, with the PCR named" refused_with_the_register
    check "the recovery code mounts it" eval 'mounts_with_code && reads'
    check "rebind binds the TPM protector to the machine as it is" binds_anew
    check "a cleared TPM is named" eval 'tpm2_clear -c l && refuses "the TPM was cleared" mounts_alone'
    stop_ecryptfsd
    ;;
  another-tpm)
    boots
    check "another TPM is refused, and named" refuses 'sealed by another TPM' mounts_alone
    check "the recovery code mounts it" eval 'mounts_with_code && reads'
    check "the protector is bound to the new TPM" binds_anew
    ;;
esac
finish
