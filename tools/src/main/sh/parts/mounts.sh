# Lists the eCryptfs mounts of this mount name space. Sourced: . "${0%/*}/parts/mounts.sh"
# shellcheck shell=bash

# Sets lower_directories and mount_points, with one entry for each mount in /proc/mounts. Blanks, tabs, newlines and
# backslashes are octal escapes there (proc(5)), so a field is used as a printf format.
read_ecryptfs_mounts() {
  local lower upper kind field
  lower_directories=() mount_points=()
  while read -r lower upper kind _; do
    if [ "$kind" != ecryptfs ]; then continue; fi
    # shellcheck disable=SC2059  # a format on purpose
    printf -v field "${lower//%/%%}"
    lower_directories+=("$field")
    # shellcheck disable=SC2059
    printf -v field "${upper//%/%%}"
    mount_points+=("$field")
  done < /proc/mounts
}
