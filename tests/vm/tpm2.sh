#!/bin/bash
# A TPM 2.0 as protector of a key file: made, used after a reboot and by a changed machine, bound anew, guarded while it is mounted,
# with a PIN, and with another TPM. No tcsd runs. Arguments: nothing, then after-reboot, then another-tpm, each in another run of one
# disk.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
PIN_KEY=/disk/keys/pin.key
SIGNED_KEY=/disk/keys/signed.key
LOG_KEY=/disk/keys/log.key
GAP_KEY=/disk/keys/gap.key
STORED_KEY=/disk/keys/stored.key

# What the firmware and the boot loader of this machine measure.
boots() {
  tpm2_pcrextend "7:sha256=$(printf 'Secure Boot' | sha256sum | cut -d ' ' -f 1)"
  tpm2_pcrextend "14:sha256=$(printf shim | sha256sum | cut -d ' ' -f 1)"
}

another_boot_loader() { tpm2_pcrextend "7:sha256=$(printf other | sha256sum | cut -d ' ' -f 1)"; }

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
  wait_until 20 cannot_open && wait_until 20 logged "PCR 7.*/secret.*$KEY"
}

refused_with_the_register() {
  mounts_alone && return 1
  grep -E 'protector 1 \(tpm2.*PCR 7 has another value' "$LAST_OUTPUT" && not mountpoint -q /secret
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

nothing_in_memory() {
  mkdir -p /disk/memory /memory && mkdir -m 700 /tmp/memory || return 1
  searches_memory make-tpm2 && mv /tmp/memory/memory.pem /tmp/memory/away && searches_memory tpm2 && umount /memory
}

searches_memory() { # step
  python3 -B "$(dirname "$0")/../memory/key_file.py" "$1" "$MICROVM_DIST" /tmp/memory /disk/memory /memory
}

# The kernel's image of this machine, as systemd's stub measures one, and the signatures that its maker gives with it.
measures_kernel() { # kernel
  tpm2_pcrextend "11:sha256=$(printf '.linux\0' | sha256sum | cut -d ' ' -f 1)"
  tpm2_pcrextend "11:sha256=$(printf %s "$1" | sha256sum | cut -d ' ' -f 1)"
  tpm2_pcrextend "11:sha256=$(printf enter-initrd | sha256sum | cut -d ' ' -f 1)"
}

signs_kernel() { # kernel
  printf %s "$1" > /tmp/linux
  mkdir -p /run/systemd
  /lib/systemd/systemd-measure sign --linux=/tmp/linux --bank=sha256 --phase=enter-initrd --private-key=/disk/vendor \
    --public-key=/disk/vendor.pub > /run/systemd/tpm2-pcr-signature.json
}

opens_with_a_signed_kernel() {
  openssl genrsa -out /disk/vendor 2048 && openssl rsa -in /disk/vendor -pubout -out /disk/vendor.pub || return 1
  measures_kernel first
  signs_kernel first
  ecryptfs-key create "$SIGNED_KEY" --no-names --tpm2 --pcr-public-key /disk/vendor.pub && ecryptfs-key test "$SIGNED_KEY"
}

opens_with_another_kernel_once_it_is_signed() {
  measures_kernel second
  signs_kernel first
  refuses 'allows the present value of PCR 11 (sha256)' ecryptfs-key test "$SIGNED_KEY" || return 1
  signs_kernel second
  ecryptfs-key test "$SIGNED_KEY"
}

is_allowed_for_the_next_boot() {
  ecryptfs-key allow-next-boot "$KEY" --rebind && shows '^Protector: 3, tpm2' 'State: .*it opens only after the next boot'
}

is_bound_anew_at_the_mount() {
  mounts_alone && reads && grep -E 'protector 1 \(tpm2\) is bound to the present state of the machine' "$LAST_OUTPUT" &&
    grep -E 'Removed protector 3 \(tpm2, "next boot"\) from ' "$LAST_OUTPUT"
  ecryptfs-key show "$KEY" | tee /tmp/shown
  not grep -q '^Protector: 3' /tmp/shown && umount /secret && mounts_alone
}

# The kernel says that the log has no bytes, as it does of most of its files.
has_event_log() { [ "$(head -c 1 /sys/kernel/security/tpm0/binary_bios_measurements | wc -c)" = 1 ]; }

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

has_storage_key() { # kind
  tpm2_createprimary -Q -C o -G "$1" -c /tmp/storage-key && tpm2_evictcontrol -Q -C o -c /tmp/storage-key 0x81000001
}

names_a_replaced_storage_key() {
  has_storage_key ecc && ecryptfs-key create "$STORED_KEY" --no-names --tpm2 -p 7 < /dev/null || return 1
  ecryptfs-key test "$STORED_KEY" < /dev/null && tpm2_evictcontrol -Q -C o -c 0x81000001 && has_storage_key rsa || return 1
  refuses "the TPM's storage key at 0x81000001 was replaced" eval 'ecryptfs-key test "$STORED_KEY" < /dev/null'
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
      shows '^Protector: 1, tpm2' 'TPM 2.0, PCRs 7, 14 \(sha256\)' '^Protector: 2, recovery'
    check "it is mounted by the TPM, and asks nobody" mounts_alone
    check "neither tcsd nor ecryptfsd runs" needs_no_daemon
    check "a file is written and read" eval 'echo held > /secret/file && reads'
    check "tpm2-tools and openssl alone read the mount passphrase" tools_read_the_mount_passphrase
    check "a PIN is needed where one was set" pin_is_needed
    check "of keys, passphrases and the PIN nothing is left in the mount helper's memory" nothing_in_memory
    check "a wrong PIN is told from a changed PCR" refuses 'the PIN is wrong' with_pin guessed ecryptfs-key test "$PIN_KEY"
    check "without a person the PIN is not guessed" refuses 'there is no line on standard input' eval 'ecryptfs-key test "$PIN_KEY" < /dev/null'
    check "the TPM locks itself, and says so" locks_itself
    check "a key file opens with a kernel that its maker signed" opens_with_a_signed_kernel
    check "the next boot is allowed, and this one not" is_allowed_for_the_next_boot
    check "the generator of TPM 1.2 keys names the command to use" refuses '--tpm2 -p 7 --recovery' ecryptfs-generate-tpm-key -p 0
    check "the firmware of this machine has an event log" has_event_log
    check "a key file keeps its events" log_explains
    check "it keeps none of a PCR that software extended, and says so" log_does_not_explain
    check "a PCR that software extends later is told from another boot" software_changes_the_pcr
    umount /secret
    ;;
  after-reboot)
    # A boot loader was updated: PCR 7 is not the same.
    another_boot_loader
    boots
    check "in the boot that was allowed it is mounted and bound anew" is_bound_anew_at_the_mount
    check "the signature of a kernel opens another one only once it is signed too" opens_with_another_kernel_once_it_is_signed
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
    check "a storage key that was replaced is named" names_a_replaced_storage_key
    ;;
esac
finish
