# How the shell commands speak, to people and to programs. Sourced: . "${0%/*}/parts/speech.sh"
# shellcheck shell=bash

program=${0##*/}

# What stands between the kind of a message and its text; some commands' users know two blanks there.
gap=' '

info() { printf 'INFO:%s%s\n' "$gap" "$1"; }

warn() { printf 'WARNING: %s\n' "$1" >&2; }

# error MESSAGE [ADVICE]
error() {
  printf 'ERROR:%s%s\n' "$gap" "$1" >&2
  if [ -n "${2:-}" ]; then printf '  What to do: %s\n' "$2" >&2; fi
}

# fail MESSAGE [ADVICE]: the end.
fail() {
  error "$@"
  exit 1
}

# wrong_usage MESSAGE
wrong_usage() { fail "$1" "see $program --help"; }

# need_value OPTION ARGUMENT...: the option is the first of the arguments that are left; it needs the second.
need_value() {
  if [ $# -lt 3 ] || [ -z "$3" ]; then wrong_usage "$1 needs a value"; fi
}

need_root() {
  if [ "$(id -u)" != 0 ]; then fail 'You must be root to run this program.' "sudo $program"; fi
}

# need_programs NAME:PACKAGE...
need_programs() {
  local wanted
  for wanted in "$@"; do
    command -v "${wanted%%:*}" > /dev/null ||
      fail "The program [${wanted%%:*}] is needed." "install it, on Debian: apt-get install ${wanted##*:}"
  done
}

# read_answer PROMPT DEFAULT: sets answer. End of input is no answer, and no consent.
read_answer() {
  printf '%s' "$1"
  if ! IFS= read -r answer; then
    echo
    fail 'There was no answer: the input ended.' 'answer on the terminal, or on standard input, a line for each question'
  fi
  answer=${answer:-$2}
}

# read_secret PROMPT: sets secret, not shown if typed. The caller unsets it.
read_secret() {
  local status=0
  printf '%s' "$1"
  IFS= read -rs secret || status=$?
  echo
  if [ $status -ne 0 ] && [ -z "$secret" ]; then fail 'No passphrase was given: the input ended.'; fi
}

# is_yes TEXT
is_yes() { [[ $1 =~ ^[yY]([eE][sS])?$ ]]; }

# json_string TEXT: it, quoted.
json_string() {
  local text=$1 character out='' i
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  if [[ $text == *[[:cntrl:]]* ]]; then
    for ((i = 0; i < ${#text}; i++)); do
      character=${text:i:1}
      if [[ $character == [[:cntrl:]] ]]; then printf -v character '\\u%04x' "'$character"; fi
      out+=$character
    done
    text=$out
  fi
  printf '"%s"' "$text"
}

# json_strings TEXT...: a list of them.
json_strings() {
  local separator='' text
  printf '['
  for text in "$@"; do
    printf '%s' "$separator"
    json_string "$text"
    separator=,
  done
  printf ']'
}
