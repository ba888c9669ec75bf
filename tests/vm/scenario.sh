# What the scenarios say about a TPM-protected mount, as functions. Sourced after the micro-VM's own library.
# shellcheck shell=bash

LAST_OUTPUT=/tmp/last-output
UUID_FILE=/disk/uuid
MOUNT_LINE=ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,no_sig_cache

not() { ! "$@"; }

generate_key() {
  ecryptfs-generate-tpm-key "$@" | tee /tmp/key || return 1
  sed -n 's/^And registered in persistent storage with UUID (tspi_uuid parameter): \([0-9a-f]\{32\}\)$/\1/p' \
    /tmp/key > "$UUID_FILE"
  grep -qx 'Success: Key created bound to:' /tmp/key &&
    [ "$(grep -Ecx 'PCR [0-9]+: [0-9a-f]{40}' /tmp/key)" = $(($# / 2)) ] &&
    [ -s "$UUID_FILE" ]
}

# The blueprint's boot-script line; TSPI_MODE, if set, is added to it.
mount_tspi() {
  mount -t ecryptfs \
    -o "key=tspi:tspi_uuid=$(cat "$UUID_FILE")${TSPI_MODE:+:tspi_mode=$TSPI_MODE:kek_recheck=1},$MOUNT_LINE" \
    "$1" "$2" < /dev/null 2>&1 | tee "$LAST_OUTPUT"
  return "${PIPESTATUS[0]}"
}

round_trip() {
  echo "$1" > /secret/file && drop_caches && [ "$(cat /secret/file)" = "$1" ]
}

stat_accepts() {
  /usr/bin/ecryptfs-stat "$1" | tee /tmp/stat
  grep -qx Encrypted /tmp/stat
}

overwrite() {
  echo one > /secret/o && echo two > /secret/o && drop_caches && [ "$(cat /secret/o)" = two ]
}

append() {
  echo three >> /secret/o && drop_caches && [ "$(tr '\n' ' ' < /secret/o)" = 'two three ' ]
}

truncate_file() {
  head -c 10000 /dev/zero | tr '\0' x > /secret/t && truncate -s 4097 /secret/t && drop_caches &&
    [ "$(tr -d x < /secret/t | wc -c)" = 0 ] && [ "$(stat -c %s /secret/t)" = 4097 ]
}

rename_file() {
  mv /secret/t /secret/u && drop_caches && [ "$(head -c 3 /secret/u)" = xxx ] && [ ! -e /disk/lower/t ]
}

delete_file() {
  rm /secret/u && [ ! -e /secret/u ] && [ ! -e /disk/lower/u ]
}

big_file() {
  head -c 1048577 /dev/urandom > /tmp/big && cp /tmp/big /secret/big && drop_caches && cmp /tmp/big /secret/big
}

signature() {
  sed -n 's/.*ecryptfs_sig=\([0-9a-f]*\).*/\1/p' "$LAST_OUTPUT"
}

unmount_clean() {
  echo 'kept over unmount, reboot and more' > /secret/kept
  local sig
  sig=$(signature)
  [ -n "$sig" ] && umount /secret && ! keyctl search @u user "$sig"
}

remount_reads() {
  mountpoint -q /secret || mount_tspi /disk/lower /secret || return 1
  [ "$(cat /secret/kept)" = 'kept over unmount, reboot and more' ]
}

# A file of envelope mode beside those of direct mode, in the same directory.
writes_in_envelope_mode() {
  umount /secret
  TSPI_MODE=envelope mount_tspi /disk/lower /secret && echo 'sealed once' > /secret/kept.envelope
}

reads_envelope() {
  drop_caches
  [ "$(cat /secret/kept.envelope)" = 'sealed once' ]
}

tells_of_other_parameters() {
  mkdir -p /disk/other /other
  mount_tspi /disk/other /other || return 1
  umount /other
  grep -q 'already in your keyring, with other parameters' "$LAST_OUTPUT"
}

status_counts() {
  ecryptfsctl status | tee /tmp/status
  grep -q 'answered:' /tmp/status && grep -q 'alias: *tspi' /tmp/status
}

json_status() {
  ecryptfsctl status --json | python3 -c '
import json, sys
status = json.load(sys.stdin)
assert status["requests"]["answered"] > 5, status
assert status["requests"]["failed"] == 0, status
assert status["requests"]["in_flight"] == 0, status
assert len(status["keys"]) == 1, status
print(status["latency"])'
}

status_field() { # PYTHON-EXPRESSION with s
  ecryptfsctl status --json | python3 -c "import json, sys; s = json.load(sys.stdin); print($1)"
}

tspi_status() { # name
  status_field "next(m for m in s['modules'] if m['alias'] == 'tspi')['$1']"
}

in_flight() { [ "$(status_field 's["requests"]["in_flight"]')" -ge "$1" ]; }

no_key_is_loaded() { [ -z "$(tspi_status keys_loaded)" ]; }

# Of the daemon that /run/e.pid names, which has used its key.
hup_drops_the_keys() {
  local loaded
  loaded=$(tspi_status keys_loaded)
  echo "loaded: $loaded"
  [ -n "$loaded" ] && kill -HUP "$(cat /run/e.pid)" && wait_until 10 no_key_is_loaded && ecryptfsctl status
}

lock_then_open() {
  ecryptfsctl lock && open_uncached
}

log_level() {
  ecryptfsctl log-level debug && ecryptfsctl status | grep -q 'log level: *debug' && ecryptfsctl log-level info
}

other_user_refused() {
  chmod 755 /run/ecryptfsj && chmod 666 /run/ecryptfsj/control
  setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v ecryptfsctl)" --socket /run/ecryptfsj/control status \
    > /tmp/refused 2>&1
  local rc=$?
  cat /tmp/refused
  [ $rc -ne 0 ] && grep -q 'only root and' /tmp/refused
}

# An open that the kernel must ask the daemon about.
open_uncached() {
  drop_caches
  [ "$(cat /secret/kept)" = 'kept over unmount, reboot and more' ]
}

# Eight files, because the kernel lets one open of a file wait for the other.
open_uncached_by_eight() {
  drop_caches
  local pids=() failed=0
  for i in 1 2 3 4 5 6 7 8; do
    cat "/secret/eight.$i" > /dev/null 2>&1 &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
  echo "$failed of 8 failed"
  [ $failed -eq 0 ]
}

write_eight() {
  for i in 1 2 3 4 5 6 7 8; do echo "$i" > "/secret/eight.$i" || return 1; done
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# fails_within MS COMMAND...: the command fails, and in that time; that a file or a program is missing is not meant.
fails_within() {
  local limit=$1 start took
  shift
  start=$(milliseconds)
  if "$@" > /tmp/failing 2>&1; then
    echo "succeeded, which it should not"
    return 1
  fi
  took=$(($(milliseconds) - start))
  cat /tmp/failing
  echo "failed after $took ms"
  not grep -E 'No such file or directory|not found' /tmp/failing && [ "$took" -le "$limit" ]
}

# The machine is emulated and may be busy with something else: the fastest of three counts.
fastest_fails_within() {
  local limit=$1
  shift
  fails_within "$limit" "$@" || fails_within "$limit" "$@" || fails_within "$limit" "$@"
}

fails_with_eio_within() {
  fastest_fails_within "$@" && grep -q 'Input/output error' /tmp/failing
}

logged() {
  grep -E -- "$1" "$ECRYPTFSD_LOG"
}

restart_daemon() {
  kill_ecryptfsd || return 1
  fails_within 2000 open_uncached || return 1
  start_ecryptfsd && open_uncached && reads_envelope
}

other_tpm_refuses() {
  if mount_tspi /disk/lower /secret; then
    fails_within 3000 cat /secret/kept && fails_within 3000 cat /secret/kept.envelope
  fi
}

# What a boot service mounts; the doctor looks at it.
configure() { # uuid, source, mount point
  printf 'TSPI_UUID=%s\nSRC_PATH=%s\nMOUNT_POINT=%s\nMOUNT_OPTIONS=%s\n' "$1" "$2" "$3" "$MOUNT_LINE" \
    > /etc/default/ecryptfs-tpm-mount
}

start_at_boot() { ln -sf ../init.d/ecryptfs-tpm-mount /etc/rc2.d/S03ecryptfs-tpm-mount; }

# In a file that counts after the one that load_ecryptfs installs.
kernel_options() { # modprobe.d
  echo "options ecryptfs $1" > /etc/modprobe.d/zz-ecryptfs-test.conf
}

# The checks of the doctor's last look that came to problems.
problems() { sed -n 's/^problem  *\([a-z-]*\) .*/\1/p' /tmp/doctor | sort -u | xargs; }

# diagnosed CHECKS PATTERN [OPTION]...: those checks alone find a problem, and the doctor says so.
diagnosed() {
  local checks=$1 pattern=$2 rc
  shift 2
  ecryptfs-doctor "$@" > /tmp/doctor
  rc=$?
  sed -n '/^problem/,/^[a-z]/p' /tmp/doctor
  echo "exit code $rc, problems: $(problems)"
  [ $rc = 1 ] && [ "$(problems)" = "$checks" ] && grep -Eq -- "$pattern" /tmp/doctor
}

# Of mounts of a key file, with /secret/file, which says "held".

KEY=/disk/keys/secret.key
CODE=/disk/code

mount_key_file() { # further options
  mount -t ecryptfs -o "key=keyfile:keyfile=$KEY${1:+,$1}" /disk/lower /secret 2>&1 | tee "$LAST_OUTPUT"
  return "${PIPESTATUS[0]}"
}

mounts_alone() { mount_key_file noask < /dev/null; }

mounts_with_code() { mount_key_file < "$CODE"; }

reads() { drop_caches && [ "$(cat /secret/file)" = held ]; }

binds_anew() {
  umount /secret
  ecryptfs-key rebind "$KEY" 1 < "$CODE" && mounts_alone && reads && umount /secret
}

# Of mounts whose key only the kernel holds, with /secret/file, which says "held".

# The kernel's number of the key of the last mount, in decimal.
serial() {
  local hex
  hex=$(awk -v sig="$(signature | head -n 1)" '$8 == "encrypted" && index($9, sig) == 1 {print $1; exit}' /proc/keys)
  [ -n "$hex" ] && echo $((16#$hex))
}

no_token() { not keyctl search @u user "$(signature)" && not keyctl search @s user "$(signature)"; }

names_are_encrypted() { # lower directory
  ls "$1" && [ "$(find "$1" -mindepth 1 -not -name 'ECRYPTFS_FNEK_ENCRYPTED.*' | wc -l)" = 0 ]
}

refused() { # command...
  "$@" > /tmp/refused 2>&1 && { cat /tmp/refused; return 1; }
  cat /tmp/refused
  grep -Eq 'Permission denied|Operation not permitted' /tmp/refused
}

# The master key's description is known; a key that has it makes a holder of the encrypted key read it under his own master.
cannot_be_read() {
  local key
  key=$(serial) || return 1
  echo "key $key"
  refused keyctl pipe "$key" && refused keyctl link "$key" @s && refused keyctl setperm "$key" 0x3f3f0000 &&
    refused keyctl chown "$key" 1 || return 1
  keyctl add user ecryptfsj:once 0123456789abcdef0123456789abcdef @s > /dev/null
  keyctl update "$key" 'update user:ecryptfsj:once'
  refused keyctl pipe "$key" && [ "$(cat /secret/file)" = held ]
}

another_user_works() {
  chmod 1777 /secret
  setpriv --reuid 1000 --regid 1000 --clear-groups bash -c 'cat /secret/file && echo theirs > /secret/theirs' && drop_caches &&
    [ "$(cat /secret/theirs)" = theirs ]
}

# The recovery codes in what a command printed.
recovery_codes() { grep -Eo '([0-9A-Z]{5}-){7}[0-9A-Z]{5}' "$1"; }
