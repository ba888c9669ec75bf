#!/bin/bash
# The blueprint's own way: tpm_takeownership with Enter at the SRK prompt, where the C tools of today fail.
set -u
# shellcheck source=packaging/microvm/guest/lib.sh
. "$MICROVM_LIB"
# shellcheck source=tests/vm/scenario.sh
. "$(dirname "$0")/scenario.sh"
UUID_FILE=/tmp/uuid

c_generator_fails() {
  /usr/bin/ecryptfs-generate-tpm-key -p 0 > /tmp/c-generator 2>&1
  local rc=$?
  cat /tmp/c-generator
  [ $rc -ne 0 ]
}

generator_says() { # sentence...
  ecryptfs-generate-tpm-key -p 0 > /tmp/generator 2>&1
  local rc=$?
  cat /tmp/generator
  [ $rc -ne 0 ] && grep -q 'What to do:' /tmp/generator && grep -Eq "$1" /tmp/generator
}

load_ecryptfs
use_ours
check "without tcsd the generator says to start it" generator_says 'Tspi_Context_Connect failed: Communication failure'
start_tcsd
check "without an owner the generator says to take ownership" generator_says 'tpm_takeownership'
own_tpm_blueprint_way
check "the C generator fails after the blueprint's takeownership" c_generator_fails
check "ours makes the key" generate_key -p 0 -p 2 -p 3
start_ecryptfsd
mkdir -p /lower /secret
check "the mount works" mount_tspi /lower /secret
check "a file is created and read" round_trip blueprint
umount /secret
stop_ecryptfsd
finish
