# A software TPM 1.2, owned the well-known way, behind a tcsd of its own. Sourced; needs root.
# shellcheck shell=bash

exec {never}<> <(:)

within() { # seconds, command...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ $SECONDS -ge $end ]; then return 1; fi
    read -r -t 0.05 -u "$never" || true
  done
}

port_answers() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

# Adds both processes to the array children, and sets tcsd; exports what libtspi needs to find them.
start_tpm() { # directory, the first of three ports
  export TSS_TCSD_PORT=$(($2 + 2)) TSS_USER_PS_FILE=$1/user.data
  mkdir -p "$1/tpm" "$1/system"
  chown tss: "$1/system"
  printf 'port = %s\nsystem_ps_file = %s/system/system.data\n' $TSS_TCSD_PORT "$1" > "$1/tcsd.conf"
  chown root:tss "$1/tcsd.conf"
  chmod 640 "$1/tcsd.conf"
  swtpm socket --tpmstate "dir=$1/tpm" --server "type=tcp,port=$2,bindaddr=127.0.0.1" \
    --ctrl "type=tcp,port=$(($2 + 1)),bindaddr=127.0.0.1" --flags not-need-init,startup-clear &
  children+=($!)
  within 10 port_answers $(($2 + 1))
  TCSD_USE_TCP_DEVICE=1 TCSD_TCP_DEVICE_HOSTNAME=127.0.0.1 TCSD_TCP_DEVICE_PORT=$2 \
    tcsd -e -f -c "$1/tcsd.conf" > "$1/tcsd.log" 2>&1 &
  tcsd=$!
  children+=("$tcsd")
  within 20 port_answers $TSS_TCSD_PORT
  tpm_createek
  tpm_takeownership -y -z
}
