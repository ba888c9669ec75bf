#!/bin/bash
# The life of the Debian package: installed in the place of ecryptfs-utils, upgraded while files are written and read through
# it, purged.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
UUID_FILE=/tmp/uuid

package=$(echo "$MICROVM_DIST"/../ecryptfsj_*.deb)
next=/tmp/next.deb

status_of() { dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2> /dev/null; }

installs() {
  dpkg -i "$package" && [[ $(status_of ecryptfsj) == 'installed '* ]] && [[ $(status_of ecryptfs-utils) != 'installed '* ]]
}

helpers_are_ours() {
  local helper
  for helper in mount.ecryptfs umount.ecryptfs mount.ecryptfs_private umount.ecryptfs_private; do
    [ "$(readlink -f "/sbin/$helper")" = /usr/lib/ecryptfsj/launch ] || return 1
  done
}

archives_are_there() { [ "$(find /usr/lib/ecryptfsj -name '*.jsa' | wc -l)" = 2 ]; }

# The same package as a later version, with its own jars under other names: what the old daemon has not opened is gone.
make_next_version() {
  local lib=/tmp/next/usr/lib/ecryptfsj jar
  dpkg-deb -R "$package" /tmp/next || return 1
  sed -i 's/^Version: .*/&+next/' /tmp/next/DEBIAN/control
  for jar in "$lib"/jars/ecryptfsj-*.jar; do mv "$jar" "${jar%.jar}+next.jar"; done
  sed -i 's/^\(ecryptfsj-.*\)\.jar$/\1+next.jar/' "$lib"/*.classpath
  rm /tmp/next/DEBIAN/md5sums
  dpkg-deb --root-owner-group -Znone -b /tmp/next "$next"
}

write_and_read() { # worker
  local count=0
  until [ -e /tmp/enough ]; do
    count=$((count + 1))
    head -c 3000 /dev/urandom > "/tmp/plain/$1.$count"
    if ! cp "/tmp/plain/$1.$count" "/secret/$1.$count" || ! drop_caches ||
      ! cmp "/tmp/plain/$1.$count" "/secret/$1.$count"; then
      echo "file $1.$count"
    fi
  done 2>&1
  echo "$count" > "/tmp/count.$1"
}

start_load() {
  local worker
  mkdir -p /tmp/plain
  for worker in 1 2 3 4; do
    write_and_read $worker > "/tmp/failures.$worker" &
    load+=($!)
  done
}

written() { # how many at least
  [ "$(find /secret -type f | wc -l)" -ge "$1" ]
}

upgrades() {
  dpkg -i "$next" && [[ $(status_of ecryptfsj) == 'installed '*+next ]]
}

daemon() { pgrep -f org.ecryptfsj.daemon.Ecryptfsd; }

holds_every_jar() {
  [ "$(find "/proc/$(daemon)/fd" -lname '*/jars/*.jar' | wc -l)" -ge "$(wc -l < /usr/lib/ecryptfsj/daemon.classpath)" ]
}

runs_the_new_version() { pgrep -fa org.ecryptfsj.daemon.Ecryptfsd | grep -q 'ecryptfsj-linux-[^:]*+next.jar'; }

load_met_no_failure() {
  local before
  before=$(find /secret -type f | wc -l)
  wait_until 60 written $((before + 8)) || return 1
  touch /tmp/enough
  wait "${load[@]}"
  cat /tmp/failures.*
  echo "files written and read: $(cat /tmp/count.* | paste -sd+ | bc)"
  ! grep -q . /tmp/failures.*
}

all_read_back() {
  drop_caches
  (cd /tmp/plain && sha256sum -- *) > /tmp/sums && (cd /secret && sha256sum --quiet -c /tmp/sums)
}

purges() {
  find /lower /var/lib/tpm -type f -exec sha256sum {} + > /tmp/user-data
  dpkg -L ecryptfsj > /tmp/listed
  : > /etc/ecryptfsj/mounts/vault.conf
  dpkg -P ecryptfsj && [ -z "$(status_of ecryptfsj)" ] && wait_until 15 not pgrep -f ecryptfsj.daemon
}

nothing_is_left() {
  local path left=0
  while read -r path; do
    if [ -L "$path" ] || [ -f "$path" ]; then
      echo "$path"
      left=1
    fi
  done < /tmp/listed
  find /etc /run /var/lib /var/cache /usr/bin /usr/sbin /usr/lib/ecryptfsj /usr/lib/systemd /usr/lib/udev /usr/share/doc \
    -xdev -path /run/microvm -prune -o -name '*ecryptfsj*' -print 2> /dev/null | tee /tmp/left
  find /etc/init.d /etc/rc?.d /etc/default /etc/systemd /etc/modprobe.d -name '*ecryptfs*' -print | tee -a /tmp/left
  [ $left = 0 ] && ! [ -s /tmp/left ]
}

user_data_is_there() { [ -s /tmp/user-data ] && sha256sum --quiet -c /tmp/user-data; }

# The first keeps containers from starting services; the second has every manual page indexed anew, for minutes here.
rm -f /usr/sbin/policy-rc.d /var/lib/man-db/auto-update
# Services start in a runlevel only, and this machine has no init that would be in one.
rm -f /sbin/runlevel
printf '#!/bin/sh\necho N 2\n' > /sbin/runlevel
chmod 755 /sbin/runlevel
start_tcsd
own_tpm
load=()
check "the package installs in the place of ecryptfs-utils" installs
keyctl link @u @s
hash -r
check "mount calls its helpers" helpers_are_ours
check "its class-data archives are made" archives_are_there
check "its daemon runs" wait_until 20 daemon_is_up
check "a key is generated" generate_key -p 0
mkdir -p /lower /secret
check "mounted" mount_tspi /lower /secret

check "a later version is made of it" make_next_version
check "the daemon holds every jar open that the upgrade takes away" holds_every_jar
start_load
check "four processes write and read" wait_until 60 written 8
check "it is upgraded meanwhile" upgrades
check "the daemon is the new version's" wait_until 30 runs_the_new_version
check "no create and no open failed" load_met_no_failure
check "every file reads back" all_read_back

umount /secret
check "it is purged, and its daemon ends" purges
check "nothing is left of it" nothing_is_left
check "encrypted files and the TPM's keys are untouched" user_data_is_there
finish
