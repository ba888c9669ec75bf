#!/bin/bash
# The commands that are shell scripts, on real mounts and real swap: finding, rewriting, recovering, migrating a home,
# encrypting swap.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"

not() { ! "$@"; }

prints() { # pattern, file
  cat "$2"
  grep -qE -- "$1" "$2"
}

# A home on a disk that was taken from another machine

MOUNT_PASSPHRASE=0123456789abcdef0123456789abcdef LOGIN_PASSPHRASE='log in!'
HOME_ON_DISK=/taken/home/dave

c_tools_make_a_home() {
  mkdir -p $HOME_ON_DISK/.Private $HOME_ON_DISK/.ecryptfs /plain
  printf '%s\n%s' $MOUNT_PASSPHRASE "$LOGIN_PASSPHRASE" |
    /usr/bin/ecryptfs-wrap-passphrase $HOME_ON_DISK/.ecryptfs/wrapped-passphrase - || return 1
  printf '%s' $MOUNT_PASSPHRASE | /usr/bin/ecryptfs-add-passphrase --fnek - |
    sed -n 's/.*\[\([0-9a-f]*\)\].*/\1/p' > $HOME_ON_DISK/.ecryptfs/Private.sig
  mapfile -t sigs < $HOME_ON_DISK/.ecryptfs/Private.sig
  mount -i -t ecryptfs -o "ecryptfs_sig=${sigs[0]},ecryptfs_fnek_sig=${sigs[1]},ecryptfs_cipher=aes,ecryptfs_key_bytes=16" \
    $HOME_ON_DISK/.Private /plain || return 1
  mkdir -p '/plain/a directory' && echo 'dear diary' > '/plain/a directory/diary' && head -c 70000 /dev/urandom > /plain/big &&
    cp /plain/big /tmp/big && umount -i /plain && forget_keys
}

forget_keys() {
  local sig key
  for sig in "${sigs[@]}"; do
    if key=$(keyctl search @u user "$sig" 2> /dev/null); then keyctl unlink "$key" @u; fi
  done
}

recover() { # answers, arguments...
  local answers=$1
  shift
  printf '%b' "$answers" | ecryptfs-recover-private "$@" $HOME_ON_DISK/.Private > /tmp/recovered 2>&1
  local rc=$?
  cat /tmp/recovered
  recovered=$(sed -n 's/.*Private data mounted at \[\(.*\)\]\.$/\1/p' /tmp/recovered)
  return $rc
}

diary_is_read() { [ "$(cat "$recovered/a directory/diary")" = 'dear diary' ] && cmp /tmp/big "$recovered/big"; }

recovered_with_login_passphrase() { recover "y\ny\n$LOGIN_PASSPHRASE\n" && diary_is_read; }

recovered_with_mount_passphrase() { recover "y\nn\n$MOUNT_PASSPHRASE\n" --rw && diary_is_read; }

recovered_without_wrapped_file() {
  mv $HOME_ON_DISK/.ecryptfs /taken/aside && recover "\n$MOUNT_PASSPHRASE\n" && diary_is_read
  local rc=$?
  mv /taken/aside $HOME_ON_DISK/.ecryptfs
  return $rc
}

nothing_is_left() {
  ! grep ' ecryptfs ' /proc/mounts && ! ls -d /tmp/ecryptfs.* && ! keyctl search @u user "${sigs[0]}"
}

wrong_login_is_refused() {
  not recover 'y\ny\nno\nno\nno\n' && prints 'attempt 3 of 3' /tmp/recovered && nothing_is_left
}

wrong_mount_passphrase_is_noticed() {
  not recover 'y\nn\nanother\n\n' && prints 'are encrypted with a key other' /tmp/recovered && nothing_is_left
}

end_recovery() {
  umount -i "$recovered" && rmdir "$recovered" && forget_keys
}

no_programs_or_devices_count() { grep -E " $recovered ecryptfs [^ ]*nosuid,nodev" /proc/mounts; }

write_recovered() { echo more > "$recovered/more"; }

# Trees with other ciphers, sizes and keys, each with the same file

make_tree() { # name, options of the mount after ecryptfs_sig
  local lower=/taken/$1/.Private
  mkdir -p "$lower" && mount -i -t ecryptfs -o "ecryptfs_sig=${tree_sigs[0]},$2" "$lower" /plain &&
    mkdir '/plain/a directory' && echo 'dear diary' > '/plain/a directory/diary' && cp /tmp/big /plain/big && umount -i /plain
}

make_trees() {
  mapfile -t tree_sigs < <(printf test | /usr/bin/ecryptfs-add-passphrase --fnek - | sed -n 's/.*\[\([0-9a-f]*\)\].*/\1/p')
  sigs=("${tree_sigs[@]}")
  make_tree aes-32-names "ecryptfs_fnek_sig=${sigs[1]},ecryptfs_cipher=aes,ecryptfs_key_bytes=32" &&
    make_tree twofish "ecryptfs_fnek_sig=${sigs[1]},ecryptfs_cipher=twofish,ecryptfs_key_bytes=32,ecryptfs_fn_cipher=twofish,ecryptfs_fn_key_bytes=16" &&
    forget_keys
}

recover_tree() { # directory, option...
  local directory=$1 rc=0
  shift
  printf 'y\ntest\n' | ecryptfs-recover-private "$@" "$directory" > /tmp/recovered 2>&1 || rc=$?
  cat /tmp/recovered
  recovered=$(sed -n 's/.*Private data mounted at \[\(.*\)\]\.$/\1/p' /tmp/recovered)
  [ $rc = 0 ] && diary_is_read
}

tree_is_recovered() { # name, options in /proc/mounts
  recover_tree "/taken/$1/.Private" && prints "$2" /proc/mounts
  local rc=$?
  end_recovery
  return $rc
}

tree_is_written_as_before() {
  recover_tree /taken/aes-32-names --rw && echo more > "$recovered/more" && end_recovery && recover_tree /taken/aes-32-names/.Private &&
    [ "$(cat "$recovered/more")" = more ]
  local rc=$?
  end_recovery
  return $rc
}

two_passphrases() {
  local two=/taken/two/.Private rc
  mkdir -p $two /taken/two/.ecryptfs && printf '%s\n' 'content passphrase' | /usr/bin/ecryptfs-add-passphrase - && printf '%s\n' 'name passphrase' | /usr/bin/ecryptfs-add-passphrase - || return 1
  sigs=(ddaac46e5877dbca f3572519eddb1a7e)
  mount -i -t ecryptfs -o "ecryptfs_sig=${sigs[0]},ecryptfs_fnek_sig=${sigs[1]},ecryptfs_cipher=aes,ecryptfs_key_bytes=16" $two /plain &&
    mkdir '/plain/a directory' && echo 'dear diary' > '/plain/a directory/diary' && cp /tmp/big /plain/big && umount -i /plain && forget_keys &&
    printf 'content passphrase\nlogin' | ecryptfs-wrap-passphrase /tmp/first - && printf 'name passphrase\nlogin' | ecryptfs-wrap-passphrase /tmp/second - &&
    { echo '# content key, then name key' && cat /tmp/first /tmp/second; } > /taken/two/.ecryptfs/wrapped-passphrase || return 1
  printf 'y\ny\nlogin\n' | ecryptfs-recover-private /taken/two > /tmp/recovered 2>&1
  cat /tmp/recovered
  recovered=$(sed -n 's/.*Private data mounted at \[\(.*\)\]\.$/\1/p' /tmp/recovered)
  [ -n "$recovered" ] && diary_is_read
  rc=$?
  end_recovery
  return $rc
}

# --- Finding

lower_of_diary() { ecryptfs-find "$recovered/a directory/diary" > /tmp/lower && prints ECRYPTFS_FNEK_ENCRYPTED /tmp/lower; }

upper_of_lower() {
  ecryptfs-find "$(cat /tmp/lower)" > /tmp/upper && prints . /tmp/upper && [ "$(cat /tmp/upper)" = "$recovered/a directory/diary" ]
}

finds_as_c_does() { /usr/bin/ecryptfs-find "$(cat /tmp/lower)" > /tmp/upper.c && [ "$(realpath "$(cat /tmp/upper.c)")" = "$(cat /tmp/upper)" ]; }

find_as_json() {
  ecryptfs-find --json "$(cat /tmp/lower)" | python3 -c '
import json, sys
answer = json.load(sys.stdin)
assert answer["counterparts"] == [sys.argv[1]], answer' "$(cat /tmp/upper)"
}

# --- Rewriting

mount_with_key() { # index
  mount -i -t ecryptfs -o "ecryptfs_sig=${keys[$1]},ecryptfs_cipher=aes,ecryptfs_key_bytes=16" /rewritten/lower /plain
}

carries_key() { # lower file, index
  head -c 4096 "$1" | od -An -v -tx1 | tr -d ' \n' | grep -q "${keys[$2]}"
}

files_with_the_old_key() {
  mkdir -p /rewritten && mount -t tmpfs -o size=40m rewritten /rewritten && mkdir /rewritten/lower
  mapfile -t keys < <(for key in old new; do echo $key | /usr/bin/ecryptfs-add-passphrase - | sed 's/.*\[\(.*\)\].*/\1/'; done)
  mount_with_key 0 && cp /tmp/big '/plain/odd name' && ln -s 'odd name' /plain/link && mkdir /plain/dir && echo x > /plain/dir/-f &&
    umount -i /plain && carries_key '/rewritten/lower/odd name' 0
}

all_rewritten() {
  mount_with_key 1 && (cd /plain && find . -xdev -mindepth 1 -print0 | xargs -0 ecryptfs-rewrite-file) &&
    drop_caches && cmp /tmp/big '/plain/odd name' && [ "$(cat /plain/dir/-f)" = x ] && [ "$(readlink /plain/link)" = 'odd name' ] &&
    [ -z "$(find /rewritten/lower -name '.rewrite*')" ]
}

lower_carries_new_key() {
  carries_key '/rewritten/lower/odd name' 1 && ! carries_key '/rewritten/lower/odd name' 0 && carries_key /rewritten/lower/dir/-f 1
}

full_disk_loses_nothing() {
  head -c 30000000 /dev/urandom > /plain/large && drop_caches && sha256sum /plain/large > /tmp/large.sum
  ecryptfs-rewrite-file /plain/large > /tmp/full 2>&1 && return 1
  prints 'No space left' /tmp/full && sha256sum -c /tmp/large.sum && [ -z "$(find /rewritten/lower -name '.rewrite*')" ]
}

# --- Migrating a home

make_bob() {
  mount -t tmpfs -o mode=755 homes /home && make_users bob && echo 'bob:log in!' | chpasswd &&
    setpriv --reuid=bob --regid=bob --init-groups bash -c 'cd /home/bob && mkdir docs && echo hello > docs/a && ln docs/a docs/b &&
      echo x > "odd name" && truncate -s 1M sparse && echo end >> sparse && echo long > "$1" && : > "$2"' bash "$(name_of 140)" "$(name_of 150)" &&
    chmod 750 /home/bob
}

name_of() { head -c "$1" /dev/zero | tr '\0' n; }

migrate_bob() { # login passphrase
  expect -c '
    set timeout 180
    spawn ecryptfs-migrate-home -u bob
    expect {
      -re {login passphrase[^\n]*: ?$} {
        catch {exec setpriv --reuid=bob --regid=bob --clear-groups sh -c "ls /home/.ecryptfs-migration.*"} seen
        puts "bob sees: $seen"
        send -- "$env(PASSPHRASE)\r"
        exp_continue
      }
      -re {mount passphrase[^\n]*: ?$} { send "\r"; exp_continue }
      timeout { exit 99 }
      eof
    }
    exit [lindex [wait] 3]' > /tmp/migrated 2>&1
  local rc=$?
  cat /tmp/migrated
  return $rc
}

processes_stop_migration() {
  setpriv --reuid=bob --regid=bob --init-groups tail -f /dev/null &
  local pid=$!
  wait_until 5 pgrep -u bob tail
  ! PASSPHRASE='log in!' migrate_bob && prints 'running processes' /tmp/migrated
  local rc=$?
  kill $pid
  wait $pid 2> /dev/null
  return $rc
}

long_name_stops_migration() {
  local rc
  ! PASSPHRASE='log in!' migrate_bob && prints 'cannot be encrypted: 1' /tmp/migrated && prints "  /home/bob/$(name_of 150)" /tmp/migrated &&
    [ "$(ls -A /home)" = bob ]
  rc=$?
  rm "/home/bob/$(name_of 150)"
  return $rc
}

failed_migration_is_undone() {
  local before
  before=$(stat -c '%i %a %U' /home/bob)
  ! PASSPHRASE='wrong' migrate_bob && prints 'is unchanged' /tmp/migrated && [ "$(stat -c '%i %a %U' /home/bob)" = "$before" ] &&
    [ "$(ls -A /home)" = bob ] && [ "$(cat /home/bob/docs/a)" = hello ]
}

home_is_migrated() {
  PASSPHRASE='log in!' migrate_bob && ! grep ' /home/bob ' /proc/mounts && ls /home/.ecryptfs/bob/.Private/ECRYPTFS_FNEK_ENCRYPTED.* &&
    ! grep -rq hello /home/.ecryptfs
}

old_home_was_out_of_reach() { prints 'bob sees: .*Permission denied' /tmp/migrated && ! ls -d /home/.ecryptfs-migration.*; }

original_is_kept() { [ "$(cat /home/bob.*/docs/a)" = hello ] && [ "$(stat -c %h /home/bob.*/docs/b)" = 2 ]; }

migrated_home_opens() {
  mapfile -t sigs < /home/.ecryptfs/bob/.ecryptfs/Private.sig
  printf 'log in!' | ecryptfs-unwrap-passphrase /home/.ecryptfs/bob/.ecryptfs/wrapped-passphrase - |
    ecryptfs-add-passphrase --fnek - &&
    mount -i -t ecryptfs -o "ecryptfs_sig=${sigs[0]},ecryptfs_fnek_sig=${sigs[1]},ecryptfs_cipher=aes,ecryptfs_key_bytes=16" \
      /home/.ecryptfs/bob/.Private /plain &&
    [ "$(cat '/plain/odd name')" = x ] && [ "$(cat "/plain/$(name_of 140)")" = long ] && cmp /home/bob.*/sparse /plain/sparse && [ "$(stat -c '%h %U' /plain/docs/b)" = '2 bob' ] &&
    [ "$(stat -c %a /plain)" = 750 ] && umount -i /plain
}

verified() { ecryptfs-verify -u bob --home -e; }

second_migration_is_refused() { ! PASSPHRASE='log in!' migrate_bob && prints 'appears to be encrypted already' /tmp/migrated; }

# --- Swap

make_swaps() {
  modprobe loop && modprobe ext4 && modprobe dm_crypt && mkdir -p /swapdisk /sw && mount -t tmpfs -o size=300m swapdisk /swapdisk || return 1
  truncate -s 128M /swapdisk/fs && yes 'left from before' | head -c 40M > /swapdisk/device && mkfs.ext4 -q /swapdisk/fs && mount -o loop /swapdisk/fs /sw &&
    losetup /dev/loop7 /swapdisk/device && mkswap /dev/loop7 || return 1
  dd if=/dev/zero of=/sw/swapfile bs=1M count=40 status=none && chmod 600 /sw/swapfile && mkswap /sw/swapfile || return 1
  printf '# the swap\nUUID=%s none swap sw,pri=5 0 0\n/sw/swapfile none swap sw 0 0\n/dev/vda1 / ext4 defaults 0 1\n' \
    "$(blkid -p -s UUID -o value /dev/loop7)" > /etc/fstab
  rm -f /etc/crypttab
  cp /etc/fstab /tmp/fstab.before
  swapon -p 5 /dev/loop7 && swapon /sw/swapfile && swapon --show
}

dry_run_shows_changes() {
  ecryptfs-setup-swap --dry-run > /tmp/swap 2>&1 && prints '^\+cryptswap1 ' /tmp/swap && cmp /etc/fstab /tmp/fstab.before &&
    [ ! -e /etc/crypttab ] && [ ! -e /dev/mapper/cryptswap1 ]
}

no_is_no() { echo n | ecryptfs-setup-swap > /tmp/swap 2>&1 && prints Aborting /tmp/swap && cmp /etc/fstab /tmp/fstab.before; }

failing_is_undone() {
  mkdir -p /failing && printf '#!/bin/sh\ncase $* in *swapfile*) exit 1 ;; esac\nexec /usr/sbin/cryptsetup "$@"\n' > /failing/cryptsetup
  chmod 755 /failing/cryptsetup
  # Ours come first in the path again, and have no cryptsetup.
  PATH=/failing:$PATH ecryptfs-setup-swap -f > /tmp/swap 2>&1 && return 1
  prints 'could not be encrypted' /tmp/swap && cmp /etc/fstab /tmp/fstab.before && [ "$(swapon --show --noheadings | wc -l)" = 2 ] &&
    [ -z "$(dmsetup ls | grep cryptswap)" ]
}

swap_is_encrypted() {
  ecryptfs-setup-swap -f --wipe > /tmp/swap 2>&1
  local rc=$?
  cat /tmp/swap /etc/fstab /etc/crypttab
  swapon --show
  dmsetup table
  [ $rc = 0 ] && [ "$(dmsetup table | grep -c 'cryptswap.*crypt aes-xts-plain64')" = 2 ] && [ "$(wc -l < /proc/swaps)" = 3 ] &&
    [ "$(swapon --show=NAME,PRIO --noheadings --raw | head -n 1)" = '/dev/mapper/cryptswap1 5' ]
}

options_are_kept() { grep -qE '^/dev/mapper/cryptswap[12] none swap sw,pri=5 0 0$' /etc/fstab && ls /etc/fstab.before-*; }

# More than half of the memory of a small group, so that it must be swapped out: a page of a known text many times.
swaps_out() {
  echo +memory > /sys/fs/cgroup/cgroup.subtree_control
  mkdir -p /sys/fs/cgroup/small && echo 12M > /sys/fs/cgroup/small/memory.high
  python3 -c '
import os, sys
open("/sys/fs/cgroup/small/cgroup.procs", "w").write(str(os.getpid()))
page = b"swapped-out-secret " * 215
held = [page + b"%10d" % i for i in range(9000)]
used = sum(int(line.split()[3]) for line in open("/proc/swaps").readlines()[1:])
print("KiB swapped out:", used)
assert used > 4000
sys.exit(0)' && sync
}

nothing_is_left_from_before() { sync && ! grep -aq 'left from before' /swapdisk/device; }

no_plaintext_on_disk() {
  sync && ! grep -aq 'swapped-out-secret' /swapdisk/device && ! grep -aq 'swapped-out-secret' /swapdisk/fs
}

second_run_changes_nothing() {
  ecryptfs-setup-swap -f > /tmp/swap 2>&1 && prints 'already encrypted' /tmp/swap && [ "$(wc -l < /etc/crypttab)" = 2 ]
}

undo_goes_back() {
  ecryptfs-setup-swap --undo > /tmp/swap 2>&1
  local rc=$?
  cat /tmp/swap
  swapon --show
  [ $rc = 0 ] && diff /tmp/fstab.before /etc/fstab && ! grep -q . /etc/crypttab && swapon --show=NAME --noheadings | grep -x /dev/loop7 &&
    swapon --show=NAME --noheadings | grep -x /sw/swapfile && [ -z "$(dmsetup ls | grep cryptswap)" ]
}

load_ecryptfs
use_ours
mkdir -p /taken && mount -t tmpfs taken /taken
check "C: a home with encrypted names is made, and its keys are forgotten" c_tools_make_a_home
check "a home is recovered with the login passphrase" recovered_with_login_passphrase
check "it cannot be written" not write_recovered
check "neither set-user-id programs nor devices of it count" no_programs_or_devices_count
check "the encrypted file of a file is found" lower_of_diary
check "the file of an encrypted file is found" upper_of_lower
check "the C tool finds the same" finds_as_c_does
check "the findings are printed as JSON" find_as_json
end_recovery
check "a home is recovered with the mount passphrase, for writing" recovered_with_mount_passphrase
check "it can be written" write_recovered
end_recovery
check "a home is recovered without its wrapped passphrase" recovered_without_wrapped_file
end_recovery
check "a wrong login passphrase is refused three times, and leaves nothing behind" wrong_login_is_refused
check "a wrong mount passphrase is noticed before mounting, and leaves nothing behind" wrong_mount_passphrase_is_noticed

check "trees with other ciphers and sizes are made" make_trees
check "a tree with aes, 32 bytes and encrypted names is recovered" tree_is_recovered aes-32-names ecryptfs_key_bytes=32
check "a tree with twofish, and another size for names, is recovered" tree_is_recovered twofish ecryptfs_fn_key_bytes=16
check "a tree is written with the cipher and size that it had" tree_is_written_as_before
check "a directory with two passphrases is recovered with one login passphrase" two_passphrases

check "files are written with an old key" files_with_the_old_key
check "all are rewritten in a mount with a new key" all_rewritten
check "the encrypted files carry the new key" lower_carries_new_key
check "a file for whose copy the disk is too full keeps its content" full_disk_loses_nothing
umount -i /plain

check "a user with a home" make_bob
check "a home with a name of 150 bytes is not migrated, one of 140 is no obstacle" long_name_stops_migration
check "a home is not migrated while its user has processes" processes_stop_migration
check "a migration that fails is undone" failed_migration_is_undone
check "a home is migrated" home_is_migrated
check "its user could not enter the old home meanwhile" old_home_was_out_of_reach
check "the original is kept" original_is_kept
check "the migrated home has every file and link" migrated_home_opens
check "its configuration is verified" verified
check "it is not migrated a second time" second_migration_is_refused

check "a swap partition and a swap file are in use" make_swaps
check "a dry run shows the changes, and makes none" dry_run_shows_changes
check "without consent nothing is changed" no_is_no
check "when one swap cannot be encrypted, the others go back to what they were" failing_is_undone
check "both swaps are encrypted" swap_is_encrypted
check "fstab keeps the options, and a backup" options_are_kept
check "what the swap held before is overwritten" nothing_is_left_from_before
check "memory is swapped out" swaps_out
check "nothing of it can be read on the disk" no_plaintext_on_disk
check "a second run changes nothing" second_run_changes_nothing
check "it can be undone" undo_goes_back
finish
