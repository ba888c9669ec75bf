#!/usr/bin/env python3
"""Programs that create and open files on eCryptfs mounts without end, and the evaluation of their results.

load.py run LEDGER MOUNT=LOWER:PROGRAMS...   PROGRAMS programs on each mount; the file LEDGER.orders has their orders
load.py accounts LEDGER STALL KERNEL         the results in LEDGER, with the daemon's stall limit and the kernel's timeout;
                                             fails if an error, a wait or a lost file is not excused

Each program creates files, one after the other; a file that has its last name is acknowledged. When a program has some, it opens the
oldest as the kernel has not seen it yet, a copy of the lower file, compares its bytes, and deletes it. Each file thus takes
the daemon two requests.

LEDGER has a line of JSON for each thing that happened: a fault (the scenario writes it), an error, a wait, a check of all
files, a measurement of the daemon's memory, what a program did, and when the machine was too slow for anything: starting a
program that has nothing to do with eCryptfs took long. Times are seconds since the machine's start: clocks may jump.

LEDGER.orders holds a number; when it changes, each program reads all its files. "end" in it ends them. These are no signals,
because a program that waits for the daemon takes a whole processor while a signal is pending.
"""
import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

# Files of a program before it begins to delete.
KEPT = 8

# Between two looks at how the machine is.
PULSE_SECONDS = 1

# A wait that is worth a line.
LONG_SECONDS = 2

# Between an error and the next try, as a person or a program would.
PAUSE_SECONDS = 0.2

# What a machine with few processors, which are emulated, may take on top of the daemon's and the kernel's limits.
SLACK_SECONDS = 10

# A process is grown-up when its memory has been measured for so long: before, a JVM grows.
WARM_UP_SECONDS = 300


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def content(name):
    return hashlib.sha256(name.encode()).digest() * 40


class Lost(Exception):
    """A file that was acknowledged is not what was written."""


def compare(path, name):
    with open(path, "rb") as file:
        if file.read() != content(name):
            raise Lost(f"{path}: other bytes than were written")


def add(ledger, what):
    os.write(ledger, (json.dumps(what) + "\n").encode())


def watch_the_machine(ledger):
    """Measures the start of a program: while that is slow, the times of eCryptfs mean nothing."""
    while True:
        begin = now()
        subprocess.run(["true"], check=True)
        end = now()
        if end - begin > LONG_SECONDS:
            add(ledger, {"stood_still": round(end - begin, 1), "begin": begin, "end": end})
        time.sleep(PULSE_SECONDS)


class Program:
    """One of them, in a directory of its own: the kernel locks a directory while a file is created in it."""

    def __init__(self, ledger, mount, lower, number):
        self.ledger = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.name = f"{mount}/{number}"
        self.lower = f"{lower}/{number}"
        self.files = []
        self.turn = self.created = self.opened = 0
        self.orders = f"{ledger}.orders"
        os.mkdir(self.name)

    def note(self, **what):
        add(self.ledger, what)

    def create(self):
        self.turn += 1
        name = str(self.turn)
        path = f"{self.name}/{name}"
        try:
            with open(f"{path}.new", "wb") as file:
                file.write(content(name))
            os.rename(f"{path}.new", path)
        except OSError:
            # The kernel may have made a part of it.
            if os.path.exists(f"{path}.new"):
                os.unlink(f"{path}.new")
            raise
        self.files.append(name)
        self.created += 1

    def open_oldest(self):
        name = self.files[0]
        copy = f"{self.name}/{name}.copy"
        if not os.path.exists(f"{self.lower}/{name}"):
            raise Lost(f"{self.name}/{name}: is gone")
        try:
            shutil.copyfile(f"{self.lower}/{name}", f"{self.lower}/{name}.copy")
            compare(copy, name)
        finally:
            if os.path.exists(f"{self.lower}/{name}.copy"):
                os.unlink(copy)
        self.opened += 1
        os.unlink(f"{self.name}/{name}")
        self.files.remove(name)

    def attempt(self, work, kind):
        begin = now()
        error = None
        try:
            work()
        except Lost as lost:
            self.note(lost=str(lost), end=now())
            del self.files[0]
        except OSError as failure:
            error = errno.errorcode.get(failure.errno, str(failure.errno))
        end = now()
        if error or end - begin > LONG_SECONDS:
            self.note(program=self.name, did=kind, begin=begin, end=end, error=error)
        if error:
            time.sleep(PAUSE_SECONDS)

    def check_all(self):
        """Nothing is wrong with the daemon now, and the kernel has forgotten the files: an error is a loss."""
        for name in self.files:
            try:
                compare(f"{self.name}/{name}", name)
                self.opened += 1
            except (OSError, Lost) as failure:
                self.note(lost=f"{self.name}/{name}: {failure}", end=now())
        self.note(checked=len(self.files), program=self.name, end=now())

    def ordered(self):
        with open(self.orders, encoding="ascii") as file:
            return file.read().strip()

    def run(self):
        # There may be one processor, and a daemon that has to be started should not take eight times as long.
        os.nice(15)
        followed = order = self.ordered()
        while order != "end":
            if order != followed:
                self.check_all()
                followed = order
            self.attempt(self.create, "create")
            if len(self.files) > KEPT:
                self.attempt(self.open_oldest, "open")
            order = self.ordered()
        self.note(created=self.created, opened=self.opened, program=self.name, end=now())


def run(ledger, *places):
    programs = []
    for place in places:
        mount, _, rest = place.partition("=")
        lower, _, count = rest.rpartition(":")
        for number in range(int(count)):
            program = Program(ledger, mount, lower, number)
            pid = os.fork()
            if pid == 0:
                program.run()
                os._exit(0)
            programs.append(pid)

    watch = os.fork()
    if watch == 0:
        watch_the_machine(os.open(ledger, os.O_WRONLY | os.O_APPEND))
    failed = [pid for pid in programs if os.waitpid(pid, 0)[1] != 0]
    os.kill(watch, signal.SIGKILL)
    os.waitpid(watch, 0)
    sys.exit(f"{len(failed)} programs broke off" if failed else 0)


def slope(samples):
    """kB an hour, by least squares over the longest life of a process, once it is warm; None if none was that old."""
    lives = {}
    for sample in samples:
        lives.setdefault(sample["pid"], []).append((sample["end"], sample["rss_kb"]))
    longest = max(lives.values(), key=lambda life: life[-1][0] - life[0][0], default=[])
    warm = [point for point in longest if point[0] - longest[0][0] > WARM_UP_SECONDS]
    if len(warm) < 3:
        return None
    mean_time = sum(t for t, _ in warm) / len(warm)
    mean_size = sum(size for _, size in warm) / len(warm)
    return round(
        3600
        * sum((t - mean_time) * (size - mean_size) for t, size in warm)
        / sum((t - mean_time) ** 2 for t, _ in warm)
    )


def explains(fault, event):
    return event["begin"] <= fault["end"] and event["end"] >= fault["begin"]


def accounts(path, stall_limit, kernel_timeout):
    with open(path, encoding="ascii") as file:
        lines = [json.loads(line) for line in file]
    faults = [line for line in lines if "fault" in line]
    events = [line for line in lines if "did" in line]
    kinds = {}
    for fault in faults:
        kind = kinds.setdefault(fault["fault"], {"times": 0, "errors": 0, "longest_wait_s": 0})
        kind["times"] += 1
    unexplained, late, overslept = [], [], 0
    for event in events:
        took = event["end"] - event["begin"]
        around = [fault for fault in faults if explains(fault, event)]
        for fault in around:
            kind = kinds[fault["fault"]]
            kind["longest_wait_s"] = round(max(kind["longest_wait_s"], took), 1)
        # A program that missed the daemon's reply uses it when the kernel's timeout is over.
        longest = stall_limit if event["error"] else kernel_timeout
        if took > longest + max([SLACK_SECONDS, *(fault["away_s"] for fault in around)]):
            late.append(event)
        if not event["error"]:
            overslept += took > stall_limit and not any(fault["away_s"] for fault in around)
            continue
        reasons = [fault for fault in around if event["error"] in fault["errors"].split(",")]
        # A daemon that had to be started first may find a request's time over.
        reasons += [fault for fault in around if fault["away_s"] and event["error"] == "EIO" and took >= stall_limit - 1]
        if reasons:
            kinds[reasons[0]["fault"]]["errors"] += 1
        else:
            unexplained.append(event)
    still = [line for line in lines if "stood_still" in line]
    for event in unexplained + late:
        event["machine_stood_still_s"] = max((s["stood_still"] for s in still if explains(s, event)), default=0)
    ends = [line for line in lines if "created" in line]
    samples = [line for line in lines if "rss_kb" in line]
    created, opened = (sum(line[what] for line in ends) for what in ("created", "opened"))
    report = {
        "seconds": round(max((line["end"] for line in lines), default=0) - min((line["end"] for line in lines), default=0)),
        "requests": created + opened,
        "created": created,
        "opened": opened,
        "checked": sum(line["checked"] for line in lines if "checked" in line),
        "faults": kinds,
        "errors_expected": sum(kind["errors"] for kind in kinds.values()),
        "errors_seen": len([event for event in events if event["error"]]),
        "unexplained": unexplained,
        "late": late,
        "overslept": overslept,
        "machine_stood_still_s": max((line["stood_still"] for line in still), default=0),
        "longest_wait_s": round(max((event["end"] - event["begin"] for event in events), default=0), 1),
        "lost": [line["lost"] for line in lines if "lost" in line],
        "memory_kb": [[round(sample["end"]), sample["pid"], sample["rss_kb"]] for sample in samples],
        "memory_kb_an_hour": slope(samples),
    }
    print(json.dumps(report))
    sys.exit(created == 0 or opened == 0 or bool(unexplained or late or report["lost"]))


if sys.argv[1] == "run":
    run(*sys.argv[2:])
else:
    accounts(sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
