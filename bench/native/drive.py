#!/usr/bin/env python3
"""Plays the kernel to one daemon, over a pseudo-terminal that stands for /dev/ecryptfs, and prints what it took.

drive.py SYSTEM SIGNATURE REQUESTS DAEMON [ARGUMENT...]

One request at a time: a create (tag 66) and an open (tag 64) of what it answered, in turn; each answer is checked. Prints a
line of JSON. Needs root, for the name in /dev, and refuses to run where there is a real /dev/ecryptfs.
"""
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
import tty

DEVICE = "/dev/ecryptfs"
HELO = b"\x64\x00\x00\x00\x00"
PATIENCE = 60


def length(n):
    return bytes([n]) if n < 192 else bytes([(n - 192) // 256 + 192, (n - 192) % 256])


def packet(tag, signature, key):
    return bytes([tag, 16]) + signature.encode() + length(len(key)) + key


def frame(counter, body):
    message = struct.pack("=II", 0, len(body)) + body
    return b"\x66" + struct.pack(">I", counter) + length(len(message)) + message


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

    def ask(self, body):
        self.counter += 1
        os.write(self.master, frame(self.counter, body))
        head = self.take(6)
        kind, counter = head[0], struct.unpack(">I", head[1:5])[0]
        size = head[5]
        if size >= 192:
            size = (size - 192) * 256 + self.take(1)[0] + 192
        answer = self.take(size)[8:]
        if kind != 0x67 or counter != self.counter or answer[1] != 0:
            sys.exit(f"request {self.counter} failed: {head.hex()} {answer.hex()}")
        size, at = answer[2], 3
        if size >= 192:
            size, at = (size - 192) * 256 + answer[3] + 192, 4
        return answer[at : at + size]


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def daemon_pids():
    """Who has the pseudo-terminal open, apart from this: the daemon, and before it the shell that watches over it, if any."""
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
    if not found:
        sys.exit("the daemon has gone")
    return sorted(found, key=lambda pid: not is_shell(pid))


def is_shell(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as line:
        return line.read().startswith(b"/bin/sh\0")


def percentile(sorted_values, percent):
    return round(sorted_values[min(len(sorted_values) - 1, len(sorted_values) * percent // 100)] * 1000, 3)


def main():
    system, signature, requests = sys.argv[1], sys.argv[2], int(sys.argv[3])
    kernel = Kernel()
    pids = []
    try:
        start = time.perf_counter()
        starter = subprocess.Popen(sys.argv[4:], stdin=subprocess.DEVNULL)
        if kernel.take(len(HELO)) != HELO:
            sys.exit("the daemon did not say HELO")
        started = time.perf_counter() - start
        starter.wait()
        pids = daemon_pids()
        took = {0x42: [], 0x40: []}
        memory = []
        begun = time.perf_counter()
        for i in range(requests // 2):
            fek = os.urandom(16)
            payload = b"\x07" + fek + struct.pack(">H", sum(fek))
            before = time.perf_counter()
            encrypted = kernel.ask(packet(0x42, signature, payload))
            between = time.perf_counter()
            if kernel.ask(packet(0x40, signature, encrypted)) != payload:
                sys.exit(f"request {kernel.counter} gave another key")
            took[0x42].append(between - before)
            took[0x40].append(time.perf_counter() - between)
            if i % max(1, requests // 20) == 0:
                memory.append(resident_kb(pids[-1]))
        seconds = time.perf_counter() - begun
        memory.append(resident_kb(pids[-1]))
        creates, opens = sorted(took[0x42]), sorted(took[0x40])
        print(
            json.dumps(
                {
                    "system": system,
                    "chip": "native",
                    "what": "requests",
                    "requests": kernel.counter,
                    "per_second": round(kernel.counter / seconds, 1),
                    "create_p50_ms": percentile(creates, 50),
                    "create_p99_ms": percentile(creates, 99),
                    "open_p50_ms": percentile(opens, 50),
                    "open_p99_ms": percentile(opens, 99),
                    "start_ms": round(started * 1000, 1),
                    "rss_mb": [kb // 1024 for kb in memory],
                }
            )
        )
    finally:
        kernel.close()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
