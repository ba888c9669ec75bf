"""The daemon with faults of its log, its supervisor and its channel: daemon/checks.py DIST DIRECTORY TCSD. See daemon/run."""
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

for neighbour in ("../memory", "../kernel", "../vm"):
    sys.path.append(os.path.join(os.path.dirname(__file__), neighbour))
from auth_tok import add as add_token  # noqa: E402
from frames import CREATE, OPEN, Channel, packet, payload  # noqa: E402
from report import check_that, end  # noqa: E402

dist, directory, tcsd = sys.argv[1], sys.argv[2], int(sys.argv[3])
UNKNOWN, HANGING = "0000000000000000", "1111111111111111"
DEADLINE = 1
WATCHDOG = 2
PATIENCE = 30
DAEMON_FACILITY = 3


class Log:
    """The socket that syslog(3) writes to. It is read by read() and discard() only."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("/dev/log")
        self.lines = []

    def read(self, until):
        """Reads until a line has this in it; whether one had."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            if select.select([self.socket], [], [], 0.2)[0]:
                self.lines.append(self.socket.recv(65536).decode())
                if until in self.lines[-1]:
                    return True
        return False

    def discard(self):
        """Reads the lines that are there; they are in discarded."""
        self.discarded = []
        while select.select([self.socket], [], [], 0)[0]:
            self.discarded.append(self.socket.recv(65536).decode())
        self.lines = []


class Systemd(threading.Thread):
    """Receives the messages of the daemon to its service manager."""

    def __init__(self):
        super().__init__(daemon=True)
        self.name = f"\0ecryptfsd-{os.getpid()}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.name)
        self.messages = []
        self.changed = threading.Condition()
        self.start()

    def run(self):
        while True:
            data, descriptors, _, _ = socket.recv_fds(self.socket, 4096, 4)
            for descriptor in descriptors:
                os.close(descriptor)
            with self.changed:
                self.messages.append((time.monotonic(), data.decode()))
                self.changed.notify_all()

    def receives(self, text, since=0.0, times=1):
        with self.changed:
            return self.changed.wait_for(
                lambda: sum(1 for at, message in self.messages if at >= since and text in message) >= times, PATIENCE
            )


class Daemon:
    """A daemon with a channel whose other end is here."""

    number = 0

    def __init__(self, systemd, stderr, *options, environment=None):
        Daemon.number += 1
        self.control = f"{directory}/control{Daemon.number}/socket"
        self.channel = Channel()
        self.channel.here.settimeout(PATIENCE)
        self.started = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            channel, record = os.dup(self.channel.there.fileno()), os.memfd_create("record")
            os.dup2(stderr, 2)
            os.dup2(os.dup2(channel, 100), 3)
            os.dup2(os.dup2(record, 101), 4)
            os.environ.update(
                environment or {},
                NOTIFY_SOCKET="@" + systemd.name[1:],
                WATCHDOG_USEC=str(WATCHDOG * 1_000_000),
                LISTEN_PID=str(os.getpid()),
                LISTEN_FDS="2",
                LISTEN_FDNAMES="channel:record",
            )
            os.execv(f"{dist}/bin/ecryptfsd", ["ecryptfsd", "-f", "--control-socket", self.control, *options])
        self.channel.there.close()
        self.ready = systemd.receives("READY=1", self.started)

    def send(self, signature, tag=OPEN, key=bytes(319)):
        self.channel.send(packet(tag, signature, key), (self.channel.counter + 1) % 32)

    def is_answered(self):
        try:
            self.channel.answer()
            return True
        except (TimeoutError, ConnectionError):
            return False

    def status(self):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(PATIENCE)
            control.connect(self.control)
            control.sendall(b"status\n")
            return json.loads(control.makefile().readline())

    def rights(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file)

    def wait(self, limit=PATIENCE):
        """The exit code; None if it does not end in that time."""
        ended = time.monotonic() + limit
        descriptor = os.pidfd_open(self.pid)
        if not select.select([descriptor], [], [], max(0, ended - time.monotonic()))[0]:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            return None
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        return self.wait()


def full_pipe():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, bytes(65536))
    except BlockingIOError:
        os.set_blocking(writer, True)
    return reader, writer


def tpm_key():
    made = subprocess.run(
        [f"{dist}/bin/ecryptfs-generate-tpm-key", "-p", "0", "--json"], check=True, capture_output=True, text=True
    )
    return bytes.fromhex(made.stdout.split('"tspi_uuid":"')[1][:32])


def full_stderr(log, systemd):
    reader, stderr = full_pipe()
    daemon = Daemon(systemd, stderr)
    daemon.send(UNKNOWN)
    check_that(
        "with a full pipe as standard error, the daemon starts, answers and ends",
        daemon.ready and daemon.is_answered() and daemon.stop() == 0,
    )
    os.close(reader)
    os.close(stderr)
    log.discard()


def full_log(log, systemd, stderr):
    daemon = Daemon(systemd, stderr, "--deadline", str(DEADLINE))
    answered, start = 0, time.monotonic()
    for _ in range(2000):
        daemon.send(UNKNOWN)
        if not daemon.is_answered():
            break
        answered += 1
    check_that(
        "with a log socket that is not read, 2,000 requests that fail are answered", answered == 2000,
        f"{answered} were answered, in {time.monotonic() - start:.1f} s",
    )
    if answered < 2000:
        check_that("watchdog pings continue", systemd.receives("WATCHDOG=1", time.monotonic(), 3), systemd.messages)
        daemon.stop()
        return
    os.kill(tcsd, signal.SIGSTOP)
    start = time.monotonic()
    for _ in range(24):
        daemon.send(HANGING, CREATE, payload(bytes(16)))
    expired = sum(daemon.is_answered() for _ in range(24))
    took = time.monotonic() - start
    check_that(
        "24 requests to a TPM that hangs are answered when their deadline passes",
        expired == 24 and DEADLINE <= took < 10 * DEADLINE, f"{expired} were answered, in {took:.1f} s",
    )
    check_that("watchdog pings continue", systemd.receives("WATCHDOG=1", time.monotonic(), 3), systemd.messages)
    status = daemon.status()
    check_that("the status shows how many lines were discarded", status.get("log_lines_discarded", 0) > 500, status)
    check_that("once the log socket is read again, the log shows that too", log.read("log lines discarded: syslog"), log.lines)
    facilities = {int(line[1 : line.index(">")]) >> 3 for line in log.lines}
    check_that("all lines have the facility daemon", facilities == {DAEMON_FACILITY}, facilities)
    for _ in range(500):
        daemon.send(UNKNOWN)
        daemon.is_answered()
    start = time.monotonic()
    code = daemon.stop()
    check_that(
        "while the log socket is not read again, the daemon ends with 0, within 10 s", code == 0 and time.monotonic() - start < 10,
        f"exit code {code} after {time.monotonic() - start:.1f} s",
    )
    os.kill(tcsd, signal.SIGCONT)


def journal(log, systemd):
    """Standard error as systemd connects it: a stream to the journal, which hands its lines on to the log."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    file = os.fstat(there.fileno())
    log.discard()
    daemon = Daemon(
        systemd, there.fileno(), environment={"JOURNAL_STREAM": f"{file.st_dev}:{file.st_ino}"}
    )
    there.close()
    daemon.stop()
    here.settimeout(PATIENCE)
    journal = here.makefile(encoding="utf-8").read().splitlines()
    log.discard()
    check_that(
        "where standard error leads to the journal, each line is there once, with its severity, and nowhere else",
        len([line for line in journal if line.startswith("<6>ready: uid 0")]) == 1 and log.discarded == [],
        f"log: {log.discarded}, journal: {journal}",
    )


def rights(log, systemd, stderr):
    log.discard()
    daemon = Daemon(systemd, stderr)
    held = daemon.rights()
    check_that(
        "a daemon with NOTIFY_SOCKET in its environment has two capabilities, and cannot get others",
        int(held["CapPrm"], 16) == 0x4004 and int(held["CapBnd"], 16) == 0x4004 and held["NoNewPrivs"].strip() == "1", held,
    )
    status = daemon.status()
    check_that(
        "its status shows them", status.get("capabilities") == ["dac_read_search", "ipc_lock"] and status.get("no_new_privileges"),
        status,
    )
    daemon.stop()
    failing = f"{directory}/bin"
    os.makedirs(failing)
    with open(f"{failing}/setpriv", "w", encoding="ascii") as program:
        program.write("#!/bin/sh\nexit 1\n")
    os.chmod(f"{failing}/setpriv", 0o755)
    daemon = Daemon(systemd, stderr, environment={"PATH": f"{failing}:{os.environ['PATH']}"})
    status = daemon.status()
    check_that(
        "where setpriv fails, the log and the status say which capabilities the daemon has",
        log.read("more privileges than it needs") and "sys_admin" in status.get("capabilities", []), f"{log.lines} {status}",
    )
    daemon.stop()
    log.discard()


def little_memory(systemd, stderr):
    def start(kib):
        return subprocess.run(
            ["setpriv", "--bounding-set=-ipc_lock", "prlimit", f"--memlock={kib * 1024}", f"{dist}/bin/ecryptfsd", "-f"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
            timeout=PATIENCE, env={name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"},
        )

    ended = start(0)
    check_that(
        "where no memory may be locked, the daemon does not start, and prints how much it needs",
        ended.returncode == 251 and "the daemon needs 64 KiB" in ended.stderr and "LimitMEMLOCK" in ended.stderr, ended,
    )


def not_drained(systemd, stderr):
    daemon = Daemon(systemd, stderr)
    daemon.channel.here.settimeout(2)
    try:
        while True:
            daemon.send(UNKNOWN)
    except TimeoutError:
        pass
    code = daemon.stop()
    check_that("a daemon that cannot answer all queued requests ends with 74", code == 74, f"exit code {code}")


def broken_channel(systemd, stderr):
    daemon = Daemon(systemd, stderr)
    start = time.monotonic()
    daemon.channel.here.close()
    code = daemon.wait()
    took = time.monotonic() - start
    given_up = [
        message for at, message in systemd.messages if at > start and "FDSTOREREMOVE=1\nFDNAME=channel" in message
    ]
    check_that(
        "a channel that cannot be read is tried for two seconds, then removed from systemd's store",
        code == 251 and took > 2 and given_up, f"exit code {code} after {took:.1f} s, {given_up}",
    )
    kept = [message for at, message in systemd.messages if at > start and "FDNAME=record" in message]
    check_that("systemd still keeps the in-flight store", not kept, kept)


def main():
    add_token(HANGING, "tspi", tpm_key())
    log, systemd = Log(), Systemd()
    stderr = os.open(f"{directory}/stderr", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    full_log(log, systemd, stderr)
    log.discard()
    full_stderr(log, systemd)
    rights(log, systemd, stderr)
    journal(log, systemd)
    not_drained(systemd, stderr)
    log.discard()
    broken_channel(systemd, stderr)
    little_memory(systemd, stderr)
    sys.exit(end())


if __name__ == "__main__":
    main()
