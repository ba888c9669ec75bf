# Describes the encrypted files of a lower directory by their headers and names: keys, ciphers, key sizes. Sourced after
# users.sh, in a script with a temporary directory of its own in work: . "${0%/*}/parts/lower.sh"
# shellcheck shell=bash disable=SC2154

# Maximum number of entries that are described of the directory itself, and again of those below it; time limit for an access
# in seconds.
MAX_ENTRIES=500 TIME_LIMIT=60

# Maximum number of bytes of a description.
MAX_DESCRIPTION=4000000

ENCRYPTED_PREFIX=ECRYPTFS_FNEK_ENCRYPTED.

# in_directory COMMAND...: runs a command in the private directory with its owner's privileges, so that a file that the
# owner replaces gives access only to the owner's files.
in_directory() { run_in=$found_directory time_limit=$TIME_LIMIT as_user "$@"; }

list_entries() { # depth option, number
  in_directory find . -xdev "$1" "$2" ! -name . \( -type f -o -name "$ENCRYPTED_PREFIX*" \) -print0 2>> "$work/complaints" |
    head -z -n $MAX_ENTRIES || :
}

# describe_directory DIRECTORY: sets found_directory, and description to a file with a line of ecryptfs-stat --json for each
# entry. The directory itself comes first: find would descend into its first directory.
describe_directory() {
  found_directory=$1 description=$work/description
  set_user_to_owner_of "$1"
  : > "$work/complaints"
  {
    list_entries -maxdepth 1
    list_entries -mindepth 2
  } | run_in=$found_directory time_limit=$TIME_LIMIT as_user_with_input xargs -0 -r -s 1000000 ecryptfs-stat --json \
    2>> "$work/complaints" | head -c $MAX_DESCRIPTION > "$description" || :
  if [ -s "$description" ]; then return 0; fi
  # Without a description the directory has no files, or they could not be read.
  if [ -s "$work/complaints" ]; then cat -- "$work/complaints" >&2; fi
}

# Whether an entry of the directory itself, or of those below it, has an encrypted name or a header. In a file name, JSON has
# a backslash before each quotation mark.
has_encrypted_names() { grep -q '"name":{"signature":"' "$description"; }

has_headers() { grep -q '"ecryptfs":true' "$description"; }

has_encrypted_names_at_top() { grep -q '^{"file":"\./[^/]*","name":{"signature":"' "$description"; }

has_headers_at_top() { grep -q '^{"file":"\./[^/]*",".*"ecryptfs":true' "$description"; }

has_other_files() { grep -q '"lower_size":[1-9][0-9]*,"ecryptfs":false' "$description"; }

has_metadata_in_attributes() { grep -q '"metadata_in":"xattr"' "$description"; }

# Both print a line for each kind that is used, the most frequent first: signature, cipher, then the size of the key in bytes,
# for names the sizes that are possible.
print_content_keys() {
  print_kinds '"signature":' '"\([0-9a-f]*\)","packet":"TAG 3","kind":"passphrase","cipher":"\([a-z0-9_]*\)","key_bytes":\([0-9]*\)'
}

print_name_keys() {
  print_kinds '"name":' '{"signature":"\([0-9a-f]*\)","cipher":"\([a-z0-9_]*\)","possible_key_bytes":\[\([0-9,]*\)'
}

print_kinds() { # member, expression with three groups for its value
  sed "s/$1/\n&/g" "$description" | sed -n "s/^$1$2.*/\1 \2 \3/p" | tr , ' ' | sort | uniq -c | sort -rn | sed 's/^ *[0-9]* //'
}
