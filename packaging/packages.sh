# The Debian packages each purpose needs. Sourced by quickstart and verify.
# shellcheck shell=bash disable=SC2034

BUILD_PACKAGES=(openjdk-17-jdk-headless maven unzip gcc libc6-dev libpam0g-dev)
VM_PACKAGES=(
  qemu-system-x86 swtpm busybox-static cpio kmod xz-utils e2fsprogs xxd
  ovmf systemd-boot-efi binutils
  trousers tpm-tools libtspi1 tpm2-tools libtss2-tcti-swtpm0 libtss2-tcti-device0 keyutils ecryptfs-utils expect python3 util-linux
  sudo pamtester openssl procps libargon2-1
  rsync lsof cryptsetup qemu-utils mmdebstrap vmtouch dosfstools
)
TEST_PACKAGES=(
  shellcheck lintian rpm rpmlint expect zsh man-db groff-base mandoc
  selinux-policy-dev apparmor systemd valgrind acl strace
)
BENCH_PACKAGES=(python3 gnuplot-nox openssl gcc libc6-dev)
