"""What may stand in memory, sentence by sentence (TAP), and the passphrases that are looked for."""
import functools
import hashlib

PASSPHRASE = b"Quokkas-juggle-31-figs"
WRAPPING = b"Vexed-zebus-hum-47-arias"
DEFAULT_SALT = bytes.fromhex("0011223344556677")

checks = failed = 0


def check(sentence, found, kept=None, libtspi=()):
    """Nothing was found; or, with kept, all of these were found, where it is locked and left out of dumps.

    libtspi: secrets that may stand in the C library's memory also, where libtspi has its buffers.
    """
    global checks, failed
    checks += 1
    bad = [
        sight
        for sight in found
        if not (kept and sight.region.kept) and not (sight.secret in libtspi and sight.region.name == "[heap]")
    ]
    missing = [name for name in kept or () if not any(s.secret == name and s.region.kept for s in found)]
    for sight in bad[:12]:
        print(f"  {sight}")
    if missing:
        print(f"  not found at all: {', '.join(missing)}")
    holds = not bad and not missing
    failed += not holds
    print(f"{'ok' if holds else 'not ok'} {checks} - {sentence}", flush=True)


def check_that(sentence, holds, details=""):
    global checks, failed
    checks += 1
    failed += not holds
    if not holds and details:
        print(f"  {details}")
    print(f"{'ok' if holds else 'not ok'} {checks} - {sentence}", flush=True)


@functools.cache
def fekek(passphrase, salt=DEFAULT_SALT):
    hashed = hashlib.sha512(salt + passphrase).digest()
    for _ in range(65535):
        hashed = hashlib.sha512(hashed).digest()
    return hashed


def end():
    """The exit code: 0 if all held."""
    print(f"1..{checks}")
    return int(failed > 0)
