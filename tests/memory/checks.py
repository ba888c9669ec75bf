"""What may stand in whose memory, and when: memory/checks.py DIST DIRECTORY TCSD. See memory/run."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

import memory
import tools
from report import check, check_that, end

for neighbour in ("../kernel", "../vm"):
    sys.path.append(os.path.join(os.path.dirname(__file__), neighbour))
from auth_tok import add as add_token  # noqa: E402
from frames import CREATE, OPEN, Channel, key_of, packet, payload  # noqa: E402

PEM_PASSPHRASE = b"Jinxed-wombats-pack-59-ukes"

dist, directory, tcsd = sys.argv[1], sys.argv[2], int(sys.argv[3])


class Daemon:
    def __init__(self, name, *options):
        self.channel = Channel()
        self.socket = f"{directory}/{name}.control"
        self.log = f"{directory}/{name}.log"
        parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
        self.pid = os.fork()
        if self.pid == 0:
            self.become(parent, options)
        signal.sigwait([signal.SIGUSR2])

    def become(self, parent, options):
        """Descriptor 3 is the channel, 4 the record of requests; see packaging/launcher/supervise."""
        channel, record = os.dup(self.channel.there.fileno()), os.memfd_create("record")
        os.dup2(os.dup2(channel, 100), 3)
        os.dup2(os.dup2(record, 101), 4)
        out = os.open(self.log, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(out, 1)
        os.dup2(out, 2)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2])
        os.environ.update(
            LISTEN_PID=str(os.getpid()), LISTEN_FDS="2", LISTEN_FDNAMES="channel:record", ECRYPTFSD_SUPERVISOR=str(parent)
        )
        os.execv(f"{dist}/bin/ecryptfsd", ["ecryptfsd", "-f", "--control-socket", self.socket, *options])

    def command(self, line):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.socket)
            control.sendall(line.encode() + b"\n")
            return control.makefile().readline()

    def search(self, secrets):
        return memory.sights(self.memory(), secrets)

    def search_after_answer(self, secrets, but=0):
        """What has been answered is wiped a moment later, all but that many; stacks go with their threads, a second later."""
        limit = time.monotonic() + 60
        found = self.search(secrets)
        while len({sight.secret for sight in found}) > but and time.monotonic() < limit:
            # A search stops the daemon for a while; an answer shows that it has run since.
            self.command("status")
            found = self.search(secrets)
        return found

    def await_in_flight(self, count):
        while json.loads(self.command("status"))["requests"]["in_flight"] != count:
            pass

    def memory(self):
        with memory.Stopped(self.pid) as regions:
            return regions

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def tpm_key():
    made = subprocess.run(
        [f"{dist}/bin/ecryptfs-generate-tpm-key", "-p", "0", "--json"], check=True, capture_output=True, text=True
    )
    return bytes.fromhex(made.stdout.split('"tspi_uuid":"')[1][:32])


def round_trips(daemon, signature, count):
    """Random file keys that the daemon has encrypted and decrypted, by name."""
    feks = {}
    for number in range(count):
        fek = os.urandom(16)
        if daemon.channel.ask(OPEN, signature, daemon.channel.ask(CREATE, signature, payload(fek))) != payload(fek):
            sys.exit("another key came back")
        feks[f"file key {number}"] = fek
    return feks


def direct_mode(daemon, uuid):
    signature = "d1d1d1d1d1d1d1d1"
    add_token(signature, "tspi", uuid)
    feks = round_trips(daemon, signature, 8)
    with memory.Stopped(tcsd):
        waiting = {f"file key that waits {number}": os.urandom(16) for number in range(4)}
        for number, fek in enumerate(waiting.values()):
            daemon.channel.send(packet(CREATE, signature, payload(fek)), number)
        daemon.await_in_flight(len(waiting))
        check(
            "file keys that wait for the TPM lie in locked memory, and the one that it is to seal in libtspi's",
            daemon.search(waiting), kept=waiting, libtspi=waiting,
        )
    sealed = [key_of(daemon.channel.answer()[1]) for _ in waiting]
    if {daemon.channel.ask(OPEN, signature, key) for key in sealed} != {payload(fek) for fek in waiting.values()}:
        sys.exit("other keys came back")
    check(
        "when the TPM has sealed and unsealed them, the last is left in libtspi's memory, and no other",
        daemon.search_after_answer(feks | waiting, but=1), libtspi=waiting,
    )
    daemon.command("lock")
    check("nothing is left of them once the keys are dropped", daemon.search_after_answer(feks | waiting))
    return feks | waiting


def envelope_mode(daemon, uuid):
    signature = "e2e2e2e2e2e2e2e2"
    add_token(signature, "tspi", uuid + bytes.fromhex("01010000038400000005"))
    feks = round_trips(daemon, signature, 50)
    held = daemon.memory()
    daemon.command("lock")
    locked = daemon.memory()
    feks |= round_trips(daemon, signature, 50)
    held_again = daemon.memory()
    daemon.command("lock")
    (stored,) = os.listdir(os.environ["ECRYPTFSJ_KEK_DIR"])
    with open(os.path.join(os.environ["ECRYPTFSJ_KEK_DIR"], stored), "rb") as file:
        sealed = file.read()[22:]
    # In direct mode the module unseals whatever the TPM has sealed: so the test gets to know the KEK.
    kek = {"KEK": daemon.channel.ask(OPEN, "d1d1d1d1d1d1d1d1", sealed)[17:]}
    check("a KEK that was made and is cached is in locked memory only", memory.sights(held, kek), kept=kek)
    check("nothing is left of it when it is dropped", memory.sights(locked, kek))
    check("a KEK that was unsealed is in locked memory only", memory.sights(held_again, kek), kept=kek)
    daemon.command("lock")
    check("nothing is left of it when it is dropped, even if the TPM has unsealed it last", daemon.search_after_answer(kek))
    check("nothing is left of the file keys that it has encrypted", daemon.search_after_answer(feks))
    return feks | kek


def rsa_numbers(pem):
    text = subprocess.run(
        ["openssl", "rsa", "-in", pem, "-passin", f"pass:{PEM_PASSPHRASE.decode()}", "-noout", "-text"],
        check=True, capture_output=True, text=True,
    ).stdout
    numbers, name = {}, None
    for line in text.splitlines():
        if not line.startswith(" "):
            name = line.partition(":")[0]
            numbers[name] = ""
        else:
            numbers[name] += line.strip().replace(":", "")
    return {
        f"RSA {name}": bytes.fromhex(digits).lstrip(b"\0")
        for name, digits in numbers.items()
        if name in ("privateExponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient")
    }


def openssl_module(daemon):
    signature, pem = "0a0a0a0a0a0a0a0a", f"{directory}/key.pem"
    subprocess.run(
        ["openssl", "genrsa", "-aes256", "-traditional", "-passout", f"pass:{PEM_PASSPHRASE.decode()}", "-out", pem, "2048"],
        check=True, capture_output=True,
    )
    path = pem.encode() + b"\0"
    phrase = PEM_PASSPHRASE + b"\0"
    add_token(signature, "openssl", struct.pack("<H", len(path)) + path + struct.pack("<H", len(phrase)) + phrase)
    feks = round_trips(daemon, signature, 4)
    check("of an openssl key's requests no file key is left", daemon.search_after_answer(feks))
    rest = rsa_numbers(pem) | {"passphrase": PEM_PASSPHRASE}
    check("and nothing of the RSA key and its passphrase", daemon.search_after_answer(rest))
    return feks | rest


IPC_LOCK_AND_DAC_READ_SEARCH = 1 << 14 | 1 << 2
STRANGER = 65534
COMMANDS = ("status", "lock", "restart", "log-level trace", "anything else")


def hardened(daemon):
    with open(f"/proc/{daemon.pid}/status", encoding="ascii") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
    rights = {name: int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
    check_that(
        "the daemon can lock memory and read, and win no other rights",
        all(right & ~IPC_LOCK_AND_DAC_READ_SEARCH == 0 for right in rights.values()) and status["NoNewPrivs"].strip() == "1",
        f"{rights}, no new privileges: {status['NoNewPrivs']}",
    )
    with open(f"/proc/{daemon.pid}/limits", encoding="ascii") as file:
        core = next(line for line in file if line.startswith("Max core file size"))
    check_that("and leaves no core dump", core.split()[4:6] == ["0", "0"], core)


def answers_to_a_stranger(daemon):
    """What the control socket says to another user, whom nothing but that keeps out."""
    os.chmod(daemon.socket, 0o666)
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setgroups([])
        os.setresgid(STRANGER, STRANGER, STRANGER)
        os.setresuid(STRANGER, STRANGER, STRANGER)
        for command in COMMANDS:
            os.write(writer, daemon.command(command).encode())
        os._exit(0)
    os.close(writer)
    os.wait()
    with open(reader, encoding="utf-8") as answers:
        return answers.read().splitlines()


def refuses_strangers(daemon):
    answers = answers_to_a_stranger(daemon)
    check_that(
        "another user is refused each command, whatever the socket's permissions",
        len(answers) == len(COMMANDS) and all("only root and the daemon's own user" in answer for answer in answers),
        answers,
    )


def is_silent(daemon, secrets):
    with open(daemon.log, "rb") as file:
        log = file.read()
    region = memory.Region(0, daemon.log, set(), log)
    check_that("it has logged at level trace", b" DEBUG request " in log and b"cached keys and contexts dropped" in log, log[:1000])
    check("and in none of its lines anything of a key or a passphrase", memory.sights([region], secrets))


def main():
    tpm = tpm_key()
    daemon = Daemon("daemon", "--log-level", "trace")
    hardened(daemon)
    secrets = direct_mode(daemon, tpm) | envelope_mode(daemon, tpm) | openssl_module(daemon)
    refuses_strangers(daemon)
    check_that("the daemon ends with 0", daemon.stop() == 0)
    is_silent(daemon, secrets)
    tools.passphrases(dist, directory)
    tools.reading(dist, directory)
    tools.menu(dist, directory)
    tools.failing_mount(dist, directory)
    sys.exit(end())


if __name__ == "__main__":
    main()
