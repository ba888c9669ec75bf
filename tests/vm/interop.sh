#!/bin/bash
# Ours and the C tools on the same keys, tokens and files, both ways.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
UUID_FILE=/tmp/uuid
LINE=ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,no_sig_cache

mount_passphrase() { # lower mountpoint
  printf 'passphrase_passwd=correct horse\n' > /tmp/passphrase && chmod 600 /tmp/passphrase
  mount -t ecryptfs -o "key=passphrase:passphrase_passwd_file=/tmp/passphrase,$LINE" "$1" "$2" < /dev/null 2>&1 |
    tee "$LAST_OUTPUT"
  return "${PIPESTATUS[0]}"
}

write_tree() { # prefix
  mkdir "/secret/$1" && for size in 0 1 4095 4096 4097 70000; do
    head -c $size /dev/urandom > "/tmp/$1.$size" && cp "/tmp/$1.$size" "/secret/$1/$size" || return 1
  done
}

read_tree() { # prefix
  drop_caches
  for size in 0 1 4095 4096 4097 70000; do cmp "/tmp/$1.$size" "/secret/$1/$size" || return 1; done
}

c_daemon_reads() { use_c_peer && start_ecryptfsd && read_tree "$1"; }

mkdir -p /lower /secret /plower
load_ecryptfs
start_tcsd
own_tpm

use_c_peer
check "C: a key is generated" generate_key -p 0 -p 2
start_ecryptfsd
check "C: mounted" mount_tspi /lower /secret
check "C: files are written" write_tree c
SIG=$(signature)
stop_ecryptfsd

use_ours
start_ecryptfsd
check "the token that the C helper inserted serves our daemon, and the C daemon's files are read" read_tree c
check "ours: files are written with the C tool's key" write_tree ours
umount /secret
check "ours: mounted with the C tool's key" mount_tspi /lower /secret
check "both helpers give the key the same signature" test "$(signature)" = "$SIG"
check "our files are read after a remount" read_tree ours
stop_ecryptfsd

use_c_peer
start_ecryptfsd
check "the token that our helper inserted serves the C daemon, and our files are read" read_tree ours
umount /secret
check "C: mounted again" mount_tspi /lower /secret
check "C: its own files are read beside ours" read_tree c
umount /secret
stop_ecryptfsd

use_ours
check "ours: a key is generated" generate_key -p 0
start_ecryptfsd
check "ours: mounted with our key" mount_tspi /lower /secret
check "ours: written with our key" write_tree ourkey
SIG=$(signature)
umount /secret
stop_ecryptfsd
use_c_peer
start_ecryptfsd
check "C: mounted with our key" mount_tspi /lower /secret
check "C: the same signature for our key" test "$(signature)" = "$SIG"
check "C: what we wrote with our key is read" read_tree ourkey
umount /secret
stop_ecryptfsd

check "C: passphrase mount" mount_passphrase /plower /secret
check "C: written" write_tree cpass
umount /secret
use_ours
check "ours: passphrase mount" mount_passphrase /plower /secret
check "ours: reads what C wrote" read_tree cpass
check "ours: written" write_tree ourpass
umount /secret
use_c_peer
check "C: passphrase mount again" mount_passphrase /plower /secret
check "C: reads what we wrote" read_tree ourpass
umount /secret
check "ecryptfs-stat of the C tools accepts our files" stat_accepts /plower/ourpass/4097
finish
