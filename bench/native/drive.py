#!/usr/bin/env python3
"""Takes the kernel's place for one daemon, over a pseudo-terminal with the name /dev/ecryptfs, and prints measurements.

drive.py [OPTION]... SYSTEM SIGNATURE REQUESTS DAEMON [ARGUMENT...]

Sends creates (tag 66) and opens (tag 64) of the created keys, one at a time, in turn, and checks each reply. Prints a line of
JSON. Needs root, for the name in /dev, and refuses to run where there is a real /dev/ecryptfs.

  --keep FILE        write the last encrypted key there
  --stuck PID FILE   instead: stop process PID (tcsd), send eight opens of the key in FILE without waiting for a reply,
                     and measure one request at a time meanwhile
"""
import json
import os
import select
import signal
import subprocess
import sys
import time
import tty

sys.path.append(os.path.join(os.path.dirname(__file__), "../../tests/kernel"))
from frames import CREATE, HELO, OPEN, TYPE_AND_COUNTER, key_of, packet, payload, read_length, reply, request  # noqa: E402

DEVICE = "/dev/ecryptfs"
PATIENCE = 60


class Kernel:
    def __init__(self):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.symlink(os.ttyname(self.slave), DEVICE)
        self.received = b""
        self.counter = 0

    def close(self):
        os.unlink(DEVICE)

    def take(self, count):
        while len(self.received) < count:
            ready, _, _ = select.select([self.master], [], [], PATIENCE)
            if not ready:
                sys.exit("the daemon does not answer")
            self.received += os.read(self.master, 4096)
        taken, self.received = self.received[:count], self.received[count:]
        return taken

    def send(self, body):
        self.counter += 1
        os.write(self.master, request(self.counter, 0, body))
        return self.counter

    def send_and_let_read(self, body):
        """A terminal has no frames: two frames that are written before a read are read as one."""
        counter = self.send(body)
        select.select([self.master], [], [], 0.05)
        return counter

    def answer(self):
        """The counter and the packet of the next answer."""
        head = self.take(TYPE_AND_COUNTER.size + 1)
        if head[-1] >= 192:
            head += self.take(1)
        size, _ = read_length(head, TYPE_AND_COUNTER.size)
        return reply(head + self.take(size))


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


def holders():
    """The other processes that have the pseudo-terminal open: first the daemon, the largest, then its supervisor."""
    device = os.readlink(DEVICE)
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        try:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{fd}") == device:
                    found.append(int(pid))
                    break
        except OSError:
            continue
    return sorted(found, key=resident_mb, reverse=True) or sys.exit("the daemon has ended")


def percentile(values, percent):
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000, 3)


class Run:
    """Creates, each followed by an open of the created key."""

    def __init__(self, kernel, signature, ignored=()):
        self.kernel = kernel
        self.signature = signature
        self.ignored = set(ignored)
        self.took = {CREATE: [], OPEN: []}
        self.last_key = b""

    def ask(self, tag, key):
        body = packet(tag, self.signature, key)
        at = time.perf_counter()
        asked = self.kernel.send(body)
        while True:
            counter, answer = self.kernel.answer()
            if counter == asked:
                self.took[tag].append(time.perf_counter() - at)
                return key_of(answer)
            if counter not in self.ignored:
                sys.exit(f"a reply to request {counter}, which was not sent")

    def go(self, pairs, every=None):
        begun = time.perf_counter()
        for done in range(1, pairs + 1):
            secret = payload(os.urandom(16))
            self.last_key = self.ask(CREATE, secret)
            if self.ask(OPEN, self.last_key) != secret:
                sys.exit(f"request {self.kernel.counter} returned another key")
            if every is not None:
                every(done)
        seconds = time.perf_counter() - begun
        return {
            "requests": 2 * pairs,
            "per_second": round(2 * pairs / seconds, 1),
            "create_p50_ms": percentile(self.took[CREATE], 50),
            "create_p99_ms": percentile(self.took[CREATE], 99),
            "open_p50_ms": percentile(self.took[OPEN], 50),
            "open_p99_ms": percentile(self.took[OPEN], 99),
            "open_max_ms": percentile(self.took[OPEN], 100),
        }


def figure(system, what, values):
    print(json.dumps({"system": system, "chip": "native", "what": what} | values), flush=True)


def measure(kernel, system, signature, requests, started, pid, keep):
    pairs = requests // 2
    memory = []
    at_ten_thousand = []

    def sample(done):
        if done % max(1, pairs // 20) == 0:
            memory.append(resident_mb(pid))
        if 2 * done == 10000:
            at_ten_thousand.append(resident_mb(pid))

    run = Run(kernel, signature)
    values = run.go(pairs, sample)
    if keep:
        with open(keep, "wb") as file:
            file.write(run.last_key)
    # Idle for as long as the JVM keeps its compiler's memory.
    idle = resident_mb(pid)
    for _ in range(12):
        select.select([kernel.master], [], [], 1)
        idle = min(idle, resident_mb(pid))
    figure(
        system,
        "requests",
        values
        | {
            "start_ms": round(started * 1000, 1),
            "rss_mb": memory,
            "rss_at_10000_mb": at_ten_thousand[0] if at_ten_thousand else None,
            "rss_idle_mb": idle,
        },
    )


def measure_beside_stuck_tpm(kernel, system, signature, requests, stuck_pid, key_file):
    with open(key_file, "rb") as file:
        direct = file.read()
    figure(system, "free", Run(kernel, signature).go(requests // 2))
    os.kill(stuck_pid, signal.SIGSTOP)
    try:
        waiting = [kernel.send_and_let_read(packet(OPEN, signature, direct)) for _ in range(8)]
        figure(system, "tpm-stuck", Run(kernel, signature, waiting).go(requests // 2))
    finally:
        os.kill(stuck_pid, signal.SIGCONT)


def main():
    arguments = sys.argv[1:]
    keep = stuck = None
    if arguments[0] == "--keep":
        keep = arguments[1]
        arguments = arguments[2:]
    elif arguments[0] == "--stuck":
        stuck = (int(arguments[1]), arguments[2])
        arguments = arguments[3:]
    system, signature, requests = arguments[0], arguments[1], int(arguments[2])
    kernel = Kernel()
    pids = []
    try:
        start = time.perf_counter()
        starter = subprocess.Popen(arguments[3:], stdin=subprocess.DEVNULL)
        if kernel.take(TYPE_AND_COUNTER.size) != TYPE_AND_COUNTER.pack(HELO, 0):
            sys.exit("the daemon did not say HELO")
        started = time.perf_counter() - start
        starter.wait()
        pids = holders()
        if stuck:
            measure_beside_stuck_tpm(kernel, system, signature, requests, *stuck)
        else:
            measure(kernel, system, signature, requests, started, pids[0], keep)
    finally:
        kernel.close()
        for pid in reversed(pids):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
