"""What a mount with a key file has left in its memory when it ends: key_file.py STEP DIST DIRECTORY LOWER MOUNT-POINT. It needs a
kernel that has eCryptfs, and a TPM. The STEP make makes the key file with a TPM 1.2, make-tpm2 with a TPM 2.0 and a PIN; every other
STEP is the protector that is to unlock it.
"""
import base64
import json
import os
import re
import subprocess
import sys

import memory
from report import PASSPHRASE, check, check_that, end, fekek

FNEK_SALT = b"99887766"
PIN = b"4711-0815"
CODE = re.compile(rb"(?:[0-9A-Z]{5}-){7}[0-9A-Z]{5}")

step, dist, directory, lower, point = sys.argv[1:6]
key_file, pem, known = f"{directory}/memory.key", f"{directory}/memory.pem", f"{directory}/memory.known"
crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def run(command, given=b""):
    return subprocess.run(command, input=given, check=True, capture_output=True).stdout


def make(tpm, answers):
    """Makes the key file, and writes down what is to be looked for."""
    run(["openssl", "genrsa", "-traditional", "-out", pem, "2048"])
    os.chmod(pem, 0o600)
    protectors = [*tpm, "--openssl", pem, "--passphrase", "--recovery"]
    said = run([f"{dist}/bin/ecryptfs-key", "create", key_file, *protectors], b"".join(line + b"\n" for line in answers))
    exported = run([f"{dist}/bin/ecryptfs-key", "export", "--yes", key_file])
    with open(known, "w", encoding="ascii") as file:
        json.dump(
            {
                "code": CODE.search(said)[0].decode(),
                "mount passphrase": re.search(rb"\b[0-9a-f]{64}\b", exported)[0].decode(),
                "file key": file_key().hex(),
            },
            file,
        )


def file_key():
    """By openssl, of its protector."""
    with open(key_file, encoding="utf-8") as file:
        (protector,) = (p for p in json.load(file)["protectors"] if p["type"] == "openssl")
    arguments = ["-inkey", pem, "-pkeyopt", "rsa_padding_mode:oaep"]
    return run(["openssl", "pkeyutl", "-decrypt", *arguments], base64.b64decode(protector["key"]))[:32]


def code_bytes(code):
    """The 16 random bytes of a recovery code (docs/spec/key-file.md, section 6)."""
    groups = [sum(crockford.index(c) << (5 * (4 - i)) for i, c in enumerate(group)) for group in code.decode().split("-")]
    return b"".join((group >> 9).to_bytes(2, "big") for group in groups)


def mount(protector):
    with open(known, encoding="ascii") as file:
        written = json.load(file)
    code, passphrase = written["code"].encode(), written["mount passphrase"].encode()
    secrets = {
        "file key": bytes.fromhex(written["file key"]),
        "mount passphrase": passphrase,
        "key of contents": fekek(passphrase),
        "key of names": fekek(passphrase, FNEK_SALT),
        "passphrase": PASSPHRASE,
        "PIN": PIN,
        "recovery code": code,
        "recovery code's bytes": code_bytes(code),
    }
    given = {"passphrase": PASSPHRASE, "recovery": code, "tpm2": PIN}.get(protector, b"")
    command = [f"{dist}/sbin/mount.ecryptfs", lower, point, "-o", f"key=keyfile:keyfile={key_file}"]
    output, added = f"{directory}/memory.out", []
    rc, at_exit = memory.at_exit(command, given + b"\n", output, added)
    with open(output, "rb") as file:
        said = file.read()
    if rc != 0 or at_exit is None:
        sys.exit(f"mount.ecryptfs ended with {rc}: {said}")
    masters = {f"master key {n}": key for n, key in enumerate(added) if len(key) == 32}
    check_that("the kernel is given a master key and two encrypted keys", (len(masters), len(added)) == (1, 3), added)
    check(
        f"unlocked by {protector}, the mount has wiped keys, passphrases and codes when it ends",
        memory.sights(at_exit, secrets | masters),
    )


if step == "make":
    make(["--tspi", "-p", "2"], [PASSPHRASE])
elif step == "make-tpm2":
    make(["--tpm2", "-p", "7", "--pin"], [PIN, PASSPHRASE])
else:
    mount(step)
sys.exit(end())
