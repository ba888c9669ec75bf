#!/bin/bash
# A key file bound to what UEFI measured: PCR 4 (the EFI programs that were started) and PCR 7 (the state of Secure Boot). It opens
# after a reboot with the same EFI program, and not with another one. Arguments: nothing, then after-reboot, then another-program,
# each in another run of one disk and one TPM 2.0 with --firmware ovmf; the last one with another kernel, or without --uki.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
EVENTS=/sys/kernel/security/tpm0/binary_bios_measurements
VALUES=/sys/class/tpm/tpm0/pcr-sha256
ONE_BOOT_KEY=/disk/keys/one-boot.key

pcr() { cat "$VALUES/$1"; }

# What comes back: the events, the events as text, and the PCRs.
keep_measurements() {
  cat "$EVENTS" > "$MICROVM_OUT/events" && tpm2_eventlog "$MICROVM_OUT/events" > "$MICROVM_OUT/events.yaml" 2> /dev/null || return 1
  local register
  for register in {0..23}; do echo "$register $(pcr "$register")"; done > "$MICROVM_OUT/pcrs"
  cat "$MICROVM_OUT/pcrs"
}

# Of the bank sha256, for those PCRs that have events.
events_give_the_values() {
  awk '/^pcrs:/ {pcrs = 1} /^  [a-z]/ {bank = $1} pcrs && bank == "sha256:" && $2 == ":" {print $1, toupper(substr($3, 3))}' \
    "$MICROVM_OUT/events.yaml" > /tmp/replayed
  [ "$(wc -l < /tmp/replayed)" -ge 8 ] && not grep -vxFf "$MICROVM_OUT/pcrs" /tmp/replayed
}

is_made() {
  ecryptfs-key create "$KEY" --no-names --tpm2 -p 4 -p 7 --recovery < /dev/null | tee /tmp/created
  [ "${PIPESTATUS[0]}" = 0 ] || return 1
  recovery_codes /tmp/created > "$CODE"
}

# A key file of its own, so that no mount removes the protector.
is_allowed_for_one_boot() {
  ecryptfs-key create "$ONE_BOOT_KEY" --no-names --tpm2 -p 4 < /dev/null && ecryptfs-key allow-next-boot "$ONE_BOOT_KEY"
}

refuses_the_boot_after() {
  ecryptfs-key test "$ONE_BOOT_KEY" < /dev/null > /tmp/refusal 2>&1 && return 1
  cat /tmp/refusal
  grep -F 'it was for one boot, which is over' /tmp/refusal
}

# has_changed PCR, has_not_changed PCR: since the first boot
has_changed() { not has_not_changed "$1"; }

has_not_changed() {
  echo "PCR $1: $(pcr "$1")"
  grep -x "$1 $(pcr "$1")" /disk/pcrs
}

refused_with_the_register() {
  mounts_alone && return 1
  grep -E 'protector 1 \(tpm2.*PCR 4\b' "$LAST_OUTPUT" && not grep -E 'PCR 7\b' "$LAST_OUTPUT" && not mountpoint -q /secret
}

mkdir -p /secret /disk/lower /disk/keys
chmod 700 /disk/keys
load_ecryptfs
use_ours
check "the firmware's event log and the PCRs are there" keep_measurements
check "the events give the values of the PCRs" events_give_the_values
case ${1:-} in
  '')
    cp "$MICROVM_OUT/pcrs" /disk/pcrs
    check "a key file is bound to the EFI programs and to Secure Boot" is_made
    check "it is mounted by the TPM, and a file is written and read" eval 'mounts_alone && echo held > /secret/file && reads'
    umount /secret
    check "another one is allowed in the next boot" is_allowed_for_one_boot
    ;;
  after-reboot)
    check "after a reboot PCRs 4 and 7 have the same values" eval 'has_not_changed 4 && has_not_changed 7'
    check "it is mounted by the TPM" eval 'mounts_alone && reads'
    umount /secret
    ;;
  another-program)
    check "another EFI program changes PCR 4, and not PCR 7" eval 'has_changed 4 && has_not_changed 7'
    check "it is refused, with the PCR named" refused_with_the_register
    check "the recovery code mounts it" eval 'mounts_with_code && reads'
    check "rebind binds it to the program as it is" binds_anew
    check "the one that was allowed a boot is refused after it, by the TPM's count" refuses_the_boot_after
    ;;
esac
finish
