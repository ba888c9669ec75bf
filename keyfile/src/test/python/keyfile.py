#!/usr/bin/env python3
"""Unlocks a key file of version 1 (docs/spec/key-file.md, sections 2 to 6) with hashlib and the package cryptography.

keyfile.py FILE ANSWER        prints the mount passphrases and salts, and compares the signatures
keyfile.py --code HEX         prints the recovery code of 16 bytes
"""
import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def canonical(value):  # RFC 8785, for ASCII names and integers
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decrypt(key, blob, associated):
    return AESGCM(key).decrypt(blob[:12], blob[12:], associated)


def check(position, data):
    remainder = ((position + 1) << 16 | data) << 9
    for bit in range(32, 8, -1):
        if remainder >> bit & 1:
            remainder ^= 0b1000010001 << (bit - 9)
    return data << 9 | remainder


def code(data):
    groups = []
    for position in range(8):
        bits = check(position, int.from_bytes(data[2 * position : 2 * position + 2], "big"))
        groups.append("".join(ALPHABET[bits >> shift & 31] for shift in range(20, -1, -5)))
    return "-".join(groups)


def code_bytes(text):
    symbols = [ALPHABET.index(c) for c in text.replace("-", "")]
    data = b""
    for at in range(0, 40, 5):
        bits = int("".join(f"{s:05b}" for s in symbols[at : at + 5]), 2)
        data += (bits >> 9).to_bytes(2, "big")
    assert code(data) == text
    return data


def file_key(document, entry, answer):
    fields = {k: v for k, v in entry.items() if k not in ("id", "type", "label", "added")}
    salt, blob = (base64.b64decode(fields[k]) for k in ("salt", "key"))
    parameters = {k: v for k, v in fields.items() if k != "key"}
    associated = canonical({"file": document["id"], "parameters": parameters, "type": entry["type"]})
    if entry["type"] == "passphrase":
        kdf = Argon2id(salt=salt, length=32, iterations=fields["passes"], lanes=fields["lanes"], memory_cost=fields["memoryKiB"])
        return decrypt(kdf.derive(answer.encode()), blob, associated)
    kdf = HKDF(hashes.SHA256(), 32, salt, b"ecryptfsj recovery 1")
    return decrypt(kdf.derive(code_bytes(answer)), blob, associated)


def signature(passphrase, salt):
    digest = salt + passphrase
    for _ in range(65537):
        digest = hashlib.sha512(digest).digest()
    return digest[:8].hex()


def main():
    if sys.argv[1] == "--code":
        print(code(bytes.fromhex(sys.argv[2])))
        return
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    secret = base64.b64decode(document.pop("secret"))
    key = file_key(document, document["protectors"][0], sys.argv[2])
    plain = decrypt(key, secret, canonical(document))
    assert len(plain) == 148 and plain[0] == 1
    for number, name in enumerate(("content", "names")[: plain[1]]):
        part = plain[2 + 73 * number : 2 + 73 * (number + 1)]
        salt, passphrase = part[:8], part[9 : 9 + part[8]]
        assert signature(passphrase, salt) == document["mount"][name]
        print(name, salt.hex(), passphrase.decode())


main()
