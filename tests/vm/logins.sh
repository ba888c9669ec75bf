# Our package takes the place of ecryptfs-utils, whose users log in before and after it, at a terminal and by the machine's own
# PAM files. Sourced by private.sh, with its alice: her private directory has the file "ours", her passphrase is login-pass.
# shellcheck shell=bash

# shellcheck source=tests/vm/sessions.sh
. "$(dirname "$0")/sessions.sh"

login_opens() { # passphrase
  log_in alice "$1" 'cat Private/ours' 'echo $((20 + 2))' && grep -qx 22 "$TRANSCRIPT" && grep -qx ours "$TRANSCRIPT" &&
    wait_until 10 not mounted
}

login_goes_on() { # passphrase: without the directory
  log_in alice "$1" 'cat Private/ours' 'echo $((20 + 2))' && grep -qx 22 "$TRANSCRIPT" && not grep -qx ours "$TRANSCRIPT" &&
    not mounted
}

second_login_leaves() {
  log_in alice login-pass 'cat Private/ours' '#su - alice -c "cat Private/ours; echo second"' 'cat Private/ours' &&
    grep -qx second "$TRANSCRIPT" && [ "$(grep -cx ours "$TRANSCRIPT")" = 3 ] && wait_until 10 not mounted
}

pam_names_the_module() {
  grep -H '^[^#].*pam_ecryptfs\.so' /etc/pam.d/common-* | tee /tmp/lines
  [ "$(cut -d: -f1 /tmp/lines | xargs -n 1 basename | xargs)" = \
    'common-auth common-password common-session common-session-noninteractive' ]
}

c_package_is_active() {
  use_c_peer
  rm -f /usr/bin/ecryptfs-pam
  pam-auth-update --package --enable ecryptfs-utils && pam_names_the_module
}

# Without Java in its sight the package makes no class-data archives, for which an emulated machine takes minutes.
installs() {
  local package rc
  package=${PACKAGE:-$(echo "/run/microvm/host$MICROVM_DIST"/../ecryptfsj_*.deb)}
  mount -t tmpfs none /usr/lib/jvm || return 1
  DEBIAN_FRONTEND=noninteractive dpkg -i "$package" > "$TRANSCRIPT" 2>&1
  rc=$?
  umount /usr/lib/jvm
  cat "$TRANSCRIPT"
  return $rc
}

package_over_it() { installs && [ "$(dpkg-query -W -f '${db:Status-Status}' ecryptfsj)" = installed ]; }

tells_of_users() { grep 'these users have an encrypted home or private directory.* alice' "$TRANSCRIPT"; }

# The tree of the build is the package's, and has its class-data archives.
use_archives() {
  mv /usr/lib/ecryptfsj /usr/lib/ecryptfsj.package && ln -s "$MICROVM_DIST/lib" /usr/lib/ecryptfsj
}

use_package() { rm /usr/lib/ecryptfsj && mv /usr/lib/ecryptfsj.package /usr/lib/ecryptfsj; }

changes_password() { change_password alice login-pass Another-pass-1 && in_time login_opens Another-pass-1; }

# The module's limits are those of real machines. An emulated one that is busy with something else misses them.
in_time() { # command...: up to three times, while it is the limit that it fails by
  local known
  for _ in 1 2 3; do
    known=$(wc -l < "$ECRYPTFSD_LOG")
    if "$@"; then return 0; fi
    tail -n "+$((known + 1))" "$ECRYPTFSD_LOG" | grep 'did not end in time' || return 1
    env -i "PATH=$PATH" PAM_USER=alice umount.ecryptfs_private -f
  done
  return 1
}

purged() {
  dpkg -P ecryptfsj && not grep '^[^#].*pam_ecryptfs' /etc/pam.d/* && [ ! -e /usr/share/pam-configs/ecryptfs-utils ] &&
    login_goes_on Another-pass-1
}

check "ecryptfs-utils is installed, and its PAM profile active" c_package_is_active
check "with it, a login opens the directory and the logout closes it" login_opens login-pass
check "our package takes its place" package_over_it
check "and names the users whom that concerns" tells_of_users
check "PAM names the module as before" pam_names_the_module
use_archives
check "the next login opens the directory and the logout closes it" in_time login_opens login-pass
value "a login with logout took" "$took" ms
check "a second session that ends leaves it open" in_time second_login_leaves
check "a changed password opens it" changes_password
use_package
check "after a purge the lines are gone and logins work" purged
