#!/bin/bash
# The life of the Debian package on a machine that boot.sh has set up, systemd being process 1: upgraded while files are
# written and read on a mount with a TPM key, then purged.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
# shellcheck source=tests/vm/load.sh
. "$(dirname "$0")/load.sh"
package=$(echo "/microvm/host$MICROVM_DIST"/../ecryptfsj_*.deb)
next=/var/tmp/next.deb

version() { dpkg-query -W -f '${db:Status-Status} ${Version}' ecryptfsj 2> /dev/null; }

daemon_pid() { systemctl show --value -p MainPID ecryptfsd; }

# The same package as a later version, with its own jars under other names: files that the old daemon has not opened no longer exist.
make_next_version() {
  local tree=/var/tmp/next jar
  dpkg-deb -R "$package" $tree || return 1
  sed -i 's/^Version: .*/&+next/' $tree/DEBIAN/control
  for jar in $tree/usr/lib/ecryptfsj/jars/ecryptfsj-*.jar; do mv "$jar" "${jar%.jar}+next.jar"; done
  sed -i 's/^\(ecryptfsj-.*\)\.jar$/\1+next.jar/' $tree/usr/lib/ecryptfsj/*.classpath
  rm -f $tree/DEBIAN/md5sums
  # An emulated machine takes minutes for the class-data archives, without which it goes as well.
  printf '#!/bin/sh\n' > $tree/usr/lib/ecryptfsj/archive
  dpkg-deb --root-owner-group -Znone -b $tree $next && rm -r $tree
}

upgraded_under_load() {
  local begin rc
  begin_load /secret=/srv/lower:8
  begin=$(milliseconds)
  dpkg -i $next
  rc=$?
  files_are_created && took=$(($(milliseconds) - begin)) && check_all_files && end_load && accounts 30 60 && [ $rc -eq 0 ] &&
    [[ $(version) == 'installed '*+next ]] && python3 -c '
import json
report = json.load(open("/tmp/accounts"))
assert report["errors_seen"] == 0, report'
}

is_the_next_version() {
  echo "before $before, now $(daemon_pid)"
  [ "$(daemon_pid)" != "$before" ] && grep -q 'ecryptfsj-linux-[^:]*+next.jar' "/proc/$(daemon_pid)/cmdline"
}

# The unit ended in order and was started again with the channel.
handed_over() {
  journalctl -b --no-pager -u ecryptfsd | tail -n 20 | tee /tmp/journal
  grep 'exiting for restart' /tmp/journal && ! grep -E 'Failed with result|Stopping' /tmp/journal
}

settings_are_kept() { grep '^SRC_PATH=/srv/lower$' /etc/default/ecryptfs-tpm-mount && ls /etc/ecryptfsj/mounts/fast.conf; }

users_data() { find /srv /var/lib/tpm /root/.trousers /root/.ecryptfs -type f -exec sha256sum {} + | sort; }

# With both directories mounted, which it is to tell.
purges() {
  users_data > /tmp/data
  dpkg -L ecryptfsj > /tmp/listed
  dpkg -P ecryptfsj 2>&1 | tee /tmp/purge
  # By the package's own path: the checkout may bear the same name.
  [ -z "$(version)" ] && grep -q 'there are eCryptfs mounts' /tmp/purge && ! pgrep -fa '(^|[ :=])/usr/lib/ecryptfsj/'
}

# Every file with its name, except those of users, the kernel, the log and the key files; and all files of the package.
nothing_is_left() {
  find / -xdev \( -path /microvm -o -path /lib/modules -o -path /usr/lib/modules -o -path /tmp -o -path /var/tmp \
    -o -path /root/.ecryptfs -o -path /etc/ecryptfsj -o -path /sys -o -path /proc \) -prune -o \( -name '*ecryptfs*' -o -name '*encrypted-swap*' \) -print > /tmp/left
  find /run /dev \( -name '*ecryptfsj*' -o -name 'ecryptfsd*' \) -print >> /tmp/left
  local path
  while read -r path; do
    # Of a machine with one directory for both, /lib is a link to /usr/lib.
    if [ -f "$path" ] || { [ -L "$path" ] && ! [ -d "$path" ]; }; then echo "$path"; fi
  done < /tmp/listed >> /tmp/left
  grep -r ecryptfs /etc/pam.d /var/lib/pam >> /tmp/left
  grep ecryptfs /etc/passwd /etc/group /sys/kernel/security/apparmor/profiles >> /tmp/left
  find /etc/ecryptfsj -not -path /etc/ecryptfsj -not -path '/etc/ecryptfsj/keys*' >> /tmp/left
  cat /tmp/left
  ! [ -s /tmp/left ] && [ -s /etc/ecryptfsj/keys/vault.key ]
}

data_is_untouched() { [ -s /tmp/data ] && users_data | diff /tmp/data - && umount /secret /fast; }

before=$(daemon_pid)
check "a later version is made of the package" make_next_version
check "it is upgraded under load: no create and no open fails, every file reads back" upgraded_under_load
value "the upgrade took" "$took" ms
check "the daemon is another process, of the new version" is_the_next_version
check "it was given the channel, and to systemd nothing failed" handed_over
check "what the administrator had set is kept" settings_are_kept
check "a purge warns of mounted directories and ends the daemon" purges
check "nothing is left of it but the key files" nothing_is_left
check "encrypted files, the TPM's keys and the sealed ones are untouched" data_is_untouched
finish
