# Messages, questions and JSON output of the shell commands. Sourced: . "${0%/*}/parts/messages.sh"
# shellcheck shell=bash

program=${0##*/}

# The last command of a pipeline runs in this shell: < <(...) needs /dev/fd, which a rescue system may not have.
shopt -s lastpipe

if ! [ -c /dev/null ]; then
  echo "ERROR: /dev/null does not exist: $program needs it" >&2
  echo '  What to do: mount -t devtmpfs dev /dev' >&2
  exit 1
fi

# Separator between the type of a message and its text; some C scripts print two blanks.
separator=' '

# visible FD TEXT: sets shown to the text for this descriptor. A name can contain control sequences and line ends: for a
# terminal such characters are octal escapes.
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

# print_lines TEXT...: prints each text on a line.
print_lines() {
  local text
  for text in "$@"; do
    visible 1 "$text"
    printf '%s\n' "$shown"
  done
}

info() {
  visible 1 "$1"
  printf 'INFO:%s%s\n' "$separator" "$shown"
}

warn() {
  visible 2 "$1"
  printf 'WARNING: %s\n' "$shown" >&2
}

# error MESSAGE [ADVICE]
error() {
  visible 2 "$1"
  printf 'ERROR:%s%s\n' "$separator" "$shown" >&2
  if [ -n "${2:-}" ]; then
    visible 2 "$2"
    printf '  What to do: %s\n' "$shown" >&2
  fi
}

# fail MESSAGE [ADVICE]: prints the error and exits.
fail() {
  error "$@"
  exit 1
}

# usage_error MESSAGE
usage_error() { fail "$1" "see $program --help"; }

# require_value OPTION ARGUMENT...: checks that the option, the first remaining argument, has a value.
require_value() {
  if [ $# -lt 3 ] || [ -z "$3" ]; then usage_error "$1 needs a value"; fi
}

require_root() {
  if [ "$(id -u)" != 0 ]; then fail 'You must be root to run this program.' "sudo $program"; fi
}

# require_programs NAME:PACKAGE...
require_programs() {
  local wanted
  for wanted in "$@"; do
    command -v "${wanted%%:*}" > /dev/null ||
      fail "The program [${wanted%%:*}] is needed." "install it; on Debian: apt-get install ${wanted##*:}"
  done
}

# read_answer PROMPT DEFAULT: sets answer. The end of the input is an error, not the default.
read_answer() {
  printf '%s' "$1"
  if ! IFS= read -r answer; then
    echo
    fail 'There is no answer: the input ended.' 'answer at the terminal, or on standard input, one line for each question'
  fi
  answer=${answer:-$2}
}

# read_secret PROMPT: reads secret without echo. The caller unsets it.
read_secret() {
  local status=0
  printf '%s' "$1"
  IFS= read -rs secret || status=$?
  echo
  if [ $status -ne 0 ] && [ -z "$secret" ]; then fail 'There is no passphrase: the input ended.'; fi
}

# is_yes TEXT
is_yes() { [[ $1 =~ ^[yY]([eE][sS])?$ ]]; }

# json_string TEXT: prints a JSON string.
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

# json_strings TEXT...: prints a JSON array of strings.
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
