"""What the tools have left in their memory when they end: tools.py DIST DIRECTORY LOWER MOUNT-POINT is about a mount that works,
which needs a kernel that has eCryptfs. The others are called by checks.py.
"""
import hashlib
import os
import subprocess
import sys

import memory
from report import DEFAULT_SALT, PASSPHRASE, WRAPPING, check, end, fekek

TEXT = b"Mangy foxes vex 23 quiet jackdaws.\n"


def tool(command, directory, given, secrets, expected=0):
    """Checks that nothing of the passphrases, their keys and these secrets is left; what the tool printed."""
    name = os.path.basename(command[0])
    output = f"{directory}/{name}.out"
    code, at_exit = memory.at_exit(command, given, output)
    with open(output, "rb") as file:
        said = file.read()
    if code != expected or at_exit is None:
        sys.exit(f"{name} ended with {code}: {said}")
    known = {"passphrase": PASSPHRASE, "its key": fekek(PASSPHRASE)}
    check(f"{name} has wiped what it knew when it ends with {code}", memory.sights(at_exit, known | secrets))
    return said


def passphrases(dist, directory):
    wrapped = f"{directory}/wrapped"

    def passphrase_tool(name, arguments, *given):
        secrets = {"wrapping passphrase": WRAPPING}
        if os.path.exists(wrapped):
            with open(wrapped, "rb") as file:
                secrets["wrapping key"] = fekek(WRAPPING, file.read()[2:10])[:16]
        tool([f"{dist}/bin/{name}", *arguments], directory, b"".join(line + b"\n" for line in given), secrets)

    passphrase_tool("ecryptfs-add-passphrase", ["-"], PASSPHRASE)
    passphrase_tool("ecryptfs-wrap-passphrase", [wrapped, "-"], PASSPHRASE, WRAPPING)
    passphrase_tool("ecryptfs-unwrap-passphrase", [wrapped, "-"], WRAPPING)
    passphrase_tool("ecryptfs-insert-wrapped-passphrase-into-keyring", [wrapped, "-"], WRAPPING)


def aes(mode, key, data, *options):
    return subprocess.run(
        ["openssl", "enc", f"-aes-128-{mode}", "-K", key.hex(), "-nopad", *options], input=data, check=True, capture_output=True
    ).stdout


def signature():
    return hashlib.sha512(fekek(PASSPHRASE)).hexdigest()[:16]


def lower_file(path, fek):
    """TEXT as a mount with PASSPHRASE, aes and 16 bytes would have written it."""
    marker = os.urandom(4)
    other = (int.from_bytes(marker, "big") ^ 0x3C81B7F5).to_bytes(4, "big")
    key = fekek(PASSPHRASE)
    packets = (
        bytes.fromhex("8c1d04070301") + DEFAULT_SALT + b"\x60" + aes("ecb", key[:16], fek)
        + bytes.fromhex("ed166208") + b"_CONSOLE" + bytes(4) + bytes.fromhex(signature())
    )
    header = len(TEXT).to_bytes(8, "big") + marker + other + bytes.fromhex("03000002000010000002") + packets
    iv = hashlib.md5(hashlib.md5(fek).digest() + b"0" + bytes(15)).hexdigest()
    with open(path, "wb") as file:
        file.write(header.ljust(8192, b"\0") + aes("cbc", fek, TEXT.ljust(4096, b"\0"), "-iv", iv))


def reading(dist, directory):
    path, fek = f"{directory}/lower-file", os.urandom(16)
    lower_file(path, fek)
    command = [f"{dist}/bin/ecryptfs-cat", "--passphrase-stdin", path]
    said = tool(command, directory, PASSPHRASE + b"\n", {"file key": fek})
    if said != TEXT:
        sys.exit(f"ecryptfs-cat printed {said}")


def menu(dist, directory):
    given = b"\n".join((b"1", PASSPHRASE, PASSPHRASE, b"4", b""))
    tool([f"{dist}/bin/ecryptfs-manager"], directory, given, {})


def mount(dist, directory, lower, point, expected):
    options = (
        "key=passphrase,ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,"
        f"ecryptfs_enable_filename_crypto=y,ecryptfs_fnek_sig={signature()},no_sig_cache"
    )
    command = [f"{dist}/sbin/mount.ecryptfs", lower, point, "-o", options]
    tool(command, directory, PASSPHRASE + b"\n", {}, expected)


def failing_mount(dist, directory):
    """The mount point does not exist, which is found out when all else is done."""
    os.mkdir(f"{directory}/lower")
    mount(dist, directory, f"{directory}/lower", f"{directory}/nowhere", 254)


if __name__ == "__main__":
    mount(*sys.argv[1:5], expected=0)
    sys.exit(end())
