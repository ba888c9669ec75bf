#!/bin/bash
# A TPM-sealed key in use: files, unmount and remount, and faults of tcsd and of the machine.
# Leaves on /disk what the reboot scenarios need: the lower directory and the key's UUID. The disk keeps /root and
# /var/lib/tpm too, and so the key storages.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"

load_ecryptfs ecryptfs_message_wait_timeout=3600
start_tcsd
own_tpm
use_ours

check "the generator prints the key's PCRs and UUID" generate_key -p 0 -p 2 -p 3
start_ecryptfsd
mkdir -p /disk/lower /secret
check "the boot-script line mounts" mount_tspi /disk/lower /secret
check "the mount says what it did" grep -qx 'Mounted eCryptfs' "$LAST_OUTPUT"

check "a file is created and read" round_trip hello
check "the lower file holds no plaintext" not grep -q hello /disk/lower/file
check "the lower file is an eCryptfs file for the C tools" stat_accepts /disk/lower/file
check "a file is overwritten" overwrite
check "a file is appended to" append
check "a file is truncated" truncate_file
check "a file is renamed" rename_file
check "a file is deleted" delete_file
check "a file of 1 MiB + 1 byte is read unchanged" big_file

check "an unmount takes the key out of the keyring" unmount_clean
check "a remount reads what was written" remount_reads

check "status counts what was asked" status_counts
check "status as JSON is JSON" json_status
check "lock drops the keys and the next open works" lock_then_open
check "the log level can be changed" log_level
check "another user is not answered on the control socket" other_user_refused

stop_tcsd
check "with tcsd stopped an open fails at once" fails_within 2500 open_uncached
check "and the log says what to do" logged 'start tcsd'
start_tcsd
check "with tcsd back an open works, without a new daemon" open_uncached

check "eight files are written" write_eight
pkill -STOP -x tcsd
check "with tcsd frozen an open fails after the stall limit" fails_within 40000 open_uncached
check "and then eight at once" fails_within 5000 open_uncached_by_eight
pkill -CONT -x tcsd
check "with tcsd thawed opens work again" wait_until 20 open_uncached

check "a new file is created after all that" round_trip again
check "a file is written in envelope mode, beside those of direct mode" writes_in_envelope_mode
check "a mount of the same key in another mode reports the mode in force" tells_of_other_parameters
check "a killed daemon leaves an error, not a hang, and a new one serves on, in both modes" restart_daemon

umount /secret
stop_ecryptfsd
finish
