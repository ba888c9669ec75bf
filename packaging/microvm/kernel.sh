# Debian's stock kernels, unpacked in a cache, with the initial file system the micro-VM boots. Sourced by microvm.
# shellcheck shell=bash disable=SC2034,SC2154

exec {never}<> <(:)

# within SECONDS COMMAND...: true as soon as the command is, false when the time is over.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ $SECONDS -ge $end ]; then return 1; fi
    read -r -t 0.05 -u "$never" || true
  done
}

cache=${XDG_CACHE_HOME:-$HOME/.cache}/ecryptfsj

# Debian 12 has both, and updates both. apt checks the signature of what it downloads.
declare -A kernel_packages=([6.1]=linux-image-amd64 [6.12]=linux-image-6.12-amd64)

# Sets kernel: a directory with vmlinuz, initrd and lib/modules.
find_kernel() { # version, or nothing for the default one
  local version=${1:-6.1}
  if [ -n "${ECRYPTFSJ_KERNEL:-}" ] && [ -z "${1:-}" ]; then
    kernel=$work/kernel
    mkdir -p "$kernel"
    cp -rs "$(readlink -f "$ECRYPTFSJ_KERNEL")"/. "$kernel"
    finish_kernel "$kernel"
    modules=$(readlink -f "$ECRYPTFSJ_KERNEL")/lib/modules/$release
    return
  fi
  mkdir -p "$cache"
  local lock
  exec {lock}> "$cache/.lock-$version"
  flock "$lock"
  kernel=$cache/kernel-$version
  [ -e "$kernel/initrd" ] && [ "$kernel/initrd" -nt "$here/boot/init" ] && [ "$kernel/initrd" -nt "$here/boot/modules" ] ||
    fetch_kernel "${kernel_packages[$version]}"
  exec {lock}>&-
  release=$(ls "$kernel/lib/modules")
  modules=$kernel/lib/modules/$release
}

fetch_kernel() { # package that depends on the kernel's
  local fresh package
  fresh=$(mktemp -d "$cache/fetching.XXXXXX")
  if [ -d "$kernel/boot" ]; then
    mv "$kernel" "$fresh/kernel"
  else
    package=$(apt-cache depends "$1" 2> /dev/null | awk '/Depends: linux-image/{print $2; exit}')
    [ -n "$package" ] || die "apt knows no $1; run apt-get update"
    say "downloading the kernel ($package)"
    (cd "$fresh" && apt-get -qq -o APT::Sandbox::User=root download "$package") >&2 || die "$package: the download failed"
    dpkg-deb -x "$fresh"/*.deb "$fresh/kernel"
    rm "$fresh"/*.deb
  fi
  finish_kernel "$fresh/kernel"
  rm -rf "$kernel"
  mv "$fresh/kernel" "$kernel"
  rm -rf "$fresh"
}

# Copies the modules of that kind, and what they depend on, and prints their names in the order of loading.
modules_in_order() { # directory, kind
  local directory=$1 name file
  sed -n "s/^$2 //p" "$here/boot/modules" | while read -r name; do
    PATH=$PATH:/usr/sbin:/sbin modprobe -d "$directory" -S "$release" --show-depends "$name" | awk '$1 == "insmod" {print $2}'
  done | awk '!seen[$0]++' | while read -r file; do
    name=$(basename "$file" .xz)
    # busybox loads no compressed module.
    case $file in
      *.xz) xz -dc "$file" > "$directory/initial/modules/$name" ;;
      *) cp -L "$file" "$directory/initial/modules/" ;;
    esac
    echo "$name"
  done
}

# Module dependencies, and the initial file system.
finish_kernel() { # directory
  local directory=$1 files=$1/initial
  release=$(ls "$directory/lib/modules")
  PATH=$PATH:/usr/sbin:/sbin depmod -b "$directory" "$release"
  ln -sfn "boot/vmlinuz-$release" "$directory/vmlinuz"
  rm -rf "$files"
  mkdir -p "$files"/{bin,proc,sys,dev,host,layer,root,modules,microvm}
  cp "$(command -v busybox)" "$files/bin/"
  cp "$here/boot/init" "$files/init"
  chmod +x "$files/init"
  modules_in_order "$directory" boot > "$files/modules/order"
  modules_in_order "$directory" root | grep -vxFf "$files/modules/order" > "$files/modules/order.root"
  (cd "$files" && find . | cpio -o -H newc --quiet) > "$directory/initrd.new"
  mv "$directory/initrd.new" "$directory/initrd"
  rm -rf "$files"
}

# Sets accel: kvm if it can run this kernel, else tcg. Found out once.
find_accel() {
  if [ -n "${MICROVM_ACCEL:-}" ]; then
    accel=$MICROVM_ACCEL
    return
  fi
  accel=tcg
  if [ ! -w /dev/kvm ]; then return; fi
  if [ -r "$cache/accel" ] && [ "$cache/accel" -nt "$kernel/initrd" ]; then
    accel=$(< "$cache/accel")
    return
  fi
  # KVM that cannot run this kernel makes QEMU abort, which is no news for the user: hence the extra shell.
  # shellcheck disable=SC2016
  bash -c 'timeout 20 "$@"; true' probe qemu-system-x86_64 -accel kvm -cpu host -m 512 -nodefaults -display none \
    -no-reboot -serial "file:$work/probe" -kernel "$kernel/vmlinuz" -initrd "$kernel/initrd" \
    -append 'console=ttyS0 quiet panic=-1 microvm.probe' < /dev/null > /dev/null 2>&1
  if grep -q 'microvm: alive' "$work/probe" 2> /dev/null; then accel=kvm; fi
  mkdir -p "$cache"
  echo "$accel" > "$cache/accel"
}
