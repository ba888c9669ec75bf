# How the shell commands speak, to people and to programs. Sourced: . "${0%/*}/parts/speech.sh"
# shellcheck shell=bash

program=${0##*/}

# The last part of a pipeline is this shell: < <(...) needs /dev/fd, which a rescue system may not have.
shopt -s lastpipe

if ! [ -c /dev/null ]; then
  echo "ERROR: /dev/null is not there: $program needs it" >&2
  echo '  What to do: mount -t devtmpfs dev /dev' >&2
  exit 1
fi

# What stands between the kind of a message and its text; some commands' users know two blanks there.
gap=' '

# visible FD TEXT: sets shown, for printing to that descriptor. A name can hold what a terminal obeys, or a line end: for a
# terminal such characters are written in octal.
visible() {
  local character i
  shown=$2
  if [[ $2 == *[^[:print:]]* ]] && [ -t "$1" ]; then
    shown=''
    for ((i = 0; i < ${#2}; i++)); do
      character=${2:i:1}
      if [[ $character != [[:print:]] ]]; then printf -v character '\\%03o' "'$character"; fi
      shown+=$character
    done
  fi
}

# say_lines TEXT...: a line for each.
say_lines() {
  local text
  for text in "$@"; do
    visible 1 "$text"
    printf '%s\n' "$shown"
  done
}

info() {
  visible 1 "$1"
  printf 'INFO:%s%s\n' "$gap" "$shown"
}

warn() {
  visible 2 "$1"
  printf 'WARNING: %s\n' "$shown" >&2
}

# error MESSAGE [ADVICE]
error() {
  visible 2 "$1"
  printf 'ERROR:%s%s\n' "$gap" "$shown" >&2
  if [ -n "${2:-}" ]; then
    visible 2 "$2"
    printf '  What to do: %s\n' "$shown" >&2
  fi
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
