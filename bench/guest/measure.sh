#!/bin/bash
# In the micro-VM: a passphrase mount of the C helper and a mount with a key file in turn; then ours in both modes, the C peer, a
# daemon that does no work, and those two, one after the other on one machine. Each figure is a line of JSON in
# $MICROVM_OUT/figures.jsonl. Arguments: files in each sequential run, files of the tree, slow-chip files, the chip's
# milliseconds, the daemon that does no work; what to measure: all, key-files (the first comparison alone), or tpm2 (mounts with a
# TPM 2.0 alone).
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
here=$(dirname "$0")
FILES=${1:-200} TREE=${2:-2000} SLOW_FILES=${3:-10} CHIP_MS=${4:-500} NO_WORK=${5:-} PART=${6:-all}
FIGURES=$MICROVM_OUT/figures.jsonl
LINE=ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,no_sig_cache
: > "$FIGURES"

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

figure() { # system, chip, JSON object: the object with both added
  echo "{\"system\": \"$1\", \"chip\": \"$2\", ${3#\{}" >> "$FIGURES"
  echo "$1, $2: $3"
}

mount_options() { # system
  case $1 in
    passphrase) echo "key=passphrase:passphrase_passwd_file=/tmp/passphrase,$LINE" ;;
    keyfile) echo "key=keyfile:keyfile=/root/bench.key,noask" ;;
    envelope | no-work) echo "key=tspi:tspi_uuid=$(cat /tmp/uuid):tspi_mode=envelope,$LINE" ;;
    *) echo "key=tspi:tspi_uuid=$(cat /tmp/uuid),$LINE" ;;
  esac
}

has_daemon() { case $1 in passphrase | keyfile | no-work) return 1 ;; esac; }

mount_system() { # system
  mount -t ecryptfs -o "$(mount_options "$1")" "/lower.$1" /secret < /dev/null > /tmp/mounted 2>&1 || {
    cat /tmp/mounted
    exit 1
  }
}

begin() { # system
  case $1 in C | passphrase) use_c_peer ;; *) use_ours ;; esac
  mkdir -p "/lower.$1" /secret
  if [ "$1" = no-work ]; then
    "$NO_WORK" &
    no_work_pid=$!
    wait_until 10 holds_channel $no_work_pid
  elif has_daemon "$1"; then
    local start
    start=$(milliseconds)
    start_ecryptfsd || echo "$1: the daemon did not start"
    started_in=$(($(milliseconds) - start))
  fi
  mount_system "$1"
  : > /secret/warm-up
  drop_caches
  cat /secret/warm-up
}

end() { # system
  umount /secret
  case $1 in
    passphrase | keyfile) ;;
    no-work)
      kill "$no_work_pid"
      wait "$no_work_pid"
      ;;
    *) stop_ecryptfsd ;;
  esac
}

run_files() { # system, chip, what, count, threads
  if [[ $3 = *create* || $3 = tree-write ]]; then mkdir -p "/secret/$3$5"; fi
  local directory=/secret/${3/open/create}$5
  if [ "$3" = tree-read ]; then directory=/secret/tree-write$5; fi
  drop_caches
  figure "$1" "$2" "$(python3 "$here/files.py" "$3" "$directory" "$4" "$5")"
}

compare() { # chip, files, parallel files, tree files, system...
  local chip=$1 files=$2 parallel=$3 tree=$4 system threads
  shift 4
  for system in "$@"; do
    rm -rf "/lower.$system"
    begin "$system"
    run_files "$system" "$chip" create "$files" 1
    run_files "$system" "$chip" open "$files" 1
    if [ "$parallel" -gt 0 ]; then
      for threads in 4 16; do
        run_files "$system" "$chip" create "$parallel" $threads
        run_files "$system" "$chip" open "$parallel" $threads
      done
    fi
    if [ "$tree" -gt 0 ]; then
      run_files "$system" "$chip" tree-write "$tree" 1
      run_files "$system" "$chip" tree-read "$tree" 1
    fi
    if has_daemon "$system"; then
      figure "$system" "$chip" "{\"what\": \"daemon\", \"start_ms\": $started_in, \"rss_mb\": $(
        awk '/VmRSS/{print int($2 / 1024)}' "/proc/$(ecryptfsd_pid)/status")}"
    fi
    end "$system"
  done
}

first_byte() { # system: from the mount command to the first byte of a file, the keys not in the kernel before
  local start
  echo first > /secret/first
  umount /secret
  drop_caches
  start=$(milliseconds)
  mount_system "$1"
  head -c 1 /secret/first > /dev/null
  echo $(($(milliseconds) - start))
}

# Another one is first in each round, so that neither always comes after the other.
in_turn() { # round, system, system
  if (($1 % 2)); then echo "$2 $3"; else echo "$3 $2"; fi
}

# In turn, so that whatever else the machine does meets both.
interleaved() { # rounds, files, tree files, system, system
  local rounds=$1 files=$2 tree=$3 one=$4 other=$5 round system threads
  for ((round = 1; round <= rounds; round++)); do
    for system in $(in_turn "$round" "$one" "$other"); do
      rm -rf "/lower.$system"
      begin "$system"
      figure "$system" "round $round" "{\"what\": \"mount\", \"first_byte_ms\": $(first_byte "$system")}"
      for threads in 1 16; do
        run_files "$system" "round $round" create "$files" $threads
        run_files "$system" "round $round" open "$files" $threads
      done
      run_files "$system" "round $round" tree-write "$tree" 1
      run_files "$system" "round $round" tree-read "$tree" 1
      end "$system"
    done
  done
}

# Mounts alone, in turn.
mounts() { # rounds, system, system
  local rounds=$1 one=$2 other=$3 round system
  for ((round = 1; round <= rounds; round++)); do
    for system in $(in_turn "$round" "$one" "$other"); do
      begin "$system"
      figure "$system" "tpm2 round $round" "{\"what\": \"mount\", \"first_byte_ms\": $(first_byte "$system")}"
      end "$system"
    done
  done
}

# How long files that were not open go on opening after a PCR has changed.
pcr_change() { # system
  local i start last=0 limit
  generate /tmp/uuid
  rm -rf "/lower.$1"
  begin "$1"
  for ((i = 0; i < 400; i++)); do : > "/secret/pcr$i"; done
  drop_caches
  : < /secret/pcr0
  extend_pcr 2
  start=$(milliseconds) limit=$((SECONDS + 30))
  for ((i = 1; i < 400 && SECONDS < limit; i++)); do
    if ! (: < "/secret/pcr$i") 2> /dev/null; then break; fi
    last=$(($(milliseconds) - start))
  done
  figure "$1" software "{\"what\": \"pcr-change\", \"opens_for_ms\": $last}"
  end "$1"
}

# How long an open with an RSA key waits while the TPM is stuck and eight processes wait for it.
stuck_tpm() {
  local free stuck i
  begin direct
  mkdir -p /lower.rsa /rsa
  openssl genrsa -traditional -aes256 -passout pass:bench -out /tmp/key.pem 2048 2> /dev/null
  printf 'openssl_passwd=bench\n' > /tmp/rsa-passphrase
  chmod 600 /tmp/key.pem /tmp/rsa-passphrase
  mount -t ecryptfs -o "key=openssl:openssl_keyfile=/tmp/key.pem:openssl_passwd_file=/tmp/rsa-passphrase,$LINE" \
    /lower.rsa /rsa < /dev/null > /tmp/mounted 2>&1 || {
    cat /tmp/mounted
    end direct
    return
  }
  mkdir /rsa/create1
  for i in {0..49}; do : > "/rsa/create1/f$i"; done
  for i in {1..8}; do : > "/secret/stuck$i"; done
  drop_caches
  free=$(python3 "$here/files.py" open /rsa/create1 50 1)
  drop_caches
  pkill -STOP -x tcsd
  for i in {1..8}; do cat "/secret/stuck$i" > /dev/null 2>&1 & done
  wait_until 10 eight_in_flight
  stuck=$(python3 "$here/files.py" open /rsa/create1 50 1)
  pkill -CONT -x tcsd
  wait %?cat 2> /dev/null
  figure rsa-free software "$free"
  figure rsa-while-tpm-stuck software "$stuck"
  umount /rsa
  end direct
}

eight_in_flight() { ecryptfsctl status --json | grep -q '"in_flight":8'; }

# A chip as slow as a real one.
slow_chip() {
  stop_tcsd
  start_slow_chip /tmp/slow-chip 0x18="$CHIP_MS" 0x17="$CHIP_MS" 0x41="$CHIP_MS"
  own_tpm
  use_ours
  generate /tmp/uuid
  rm -rf /lower.C /lower.direct /lower.envelope
  compare "${CHIP_MS}ms" "$SLOW_FILES" 0 0 C direct
  compare "${CHIP_MS}ms" "$FILES" 0 0 envelope
}

generate() { ecryptfs-generate-tpm-key -p 0 -p 2 --json | sed 's/.*"tspi_uuid":"\([0-9a-f]*\)".*/\1/' > "$1"; }

load_ecryptfs
printf 'passphrase_passwd=bench\n' > /tmp/passphrase
chmod 600 /tmp/passphrase
if [ "$PART" = tpm2 ]; then
  use_ours
  tpm2_pcrextend "7:sha256=$(printf 'Secure Boot' | sha256sum | cut -d ' ' -f 1)"
  ecryptfs-key create /root/bench.key --key-bytes 16 --no-names --tpm2 -p 7 --recovery > /dev/null
  mounts 5 passphrase keyfile
  exit 0
fi
start_tcsd
own_tpm
use_ours
generate /tmp/uuid
ecryptfs-key create /root/bench.key --key-bytes 16 --no-names --tspi -p 0 -p 2 --recovery > /dev/null
interleaved 5 $((2 * FILES)) "$TREE" passphrase keyfile
if [ "$PART" = key-files ]; then exit 0; fi
compare software "$FILES" "$FILES" "$TREE" passphrase keyfile ${NO_WORK:+no-work} envelope direct C
stuck_tpm
pcr_change envelope
pcr_change direct
pcr_change C
slow_chip
exit 0
