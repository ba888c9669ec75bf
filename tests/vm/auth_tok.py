#!/usr/bin/env python3
"""Puts an authentication token of a key module into the user keyring, unlike the tools without a look at the key.

auth_tok.py SIGNATURE MODULE BLOB-IN-HEX
"""
import struct
import subprocess
import sys


def add(signature, module, blob):
    """Layout: docs/spec/auth-tok.md, section 1."""
    head = struct.pack("=HH", 4, 1) + bytes(624) + struct.pack("=II", 16, len(blob))
    head += struct.pack("17s17s", signature.encode(), module.encode()) + blob
    subprocess.run(
        ["keyctl", "padd", "user", signature, "@u"],
        input=head + bytes(740 + len(blob) - len(head)),
        check=True,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    add(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]))
