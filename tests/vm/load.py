#!/usr/bin/env python3
"""Eight programs that create and open files on an eCryptfs mount without end, while something happens to the daemon.

load.py MOUNT LOWER PIDFILE KILLS
load.py MOUNT LOWER PAUSE -- COMMAND...

Four write new files, four read files that the kernel has not seen yet, copies of lower files. PIDFILE names the shell that
watches over the daemon. KILLS times its child is killed with SIGKILL, each time as soon as the successor has answered. Or
COMMAND is run, and the eight pause for PAUSE seconds after each file, to leave something of an emulated machine to it. The
last line is JSON: what was done, what failed, and how long it took from a kill, or from COMMAND's start, to the first
answer after it.
"""
import hashlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time

WRITERS = 4
READERS = 4
KEPT = 24


def content(name):
    return hashlib.sha256(name.encode()).digest() * 40


def create(path):
    with open(path, "wb") as file:
        file.write(content(os.path.basename(path)))


def read(path, name):
    with open(path, "rb") as file:
        if file.read() != content(name):
            raise OSError(0, "other bytes than were written", path)


def read_a_copy(mount, lower, number, turn):
    name = str((turn * READERS + number) % KEPT)
    copy = f"{number}/{turn}"
    shutil.copyfile(f"{lower}/many/{name}", f"{lower}/{copy}")
    read(f"{mount}/{copy}", name)
    os.unlink(f"{mount}/{copy}")


def work(number, mount, lower, pause, report):
    """Until SIGTERM; then one line of JSON."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    done, failures, longest, turn = 0, [], 0.0, 0
    while not signal.sigtimedwait([signal.SIGTERM], pause):
        turn += 1
        start = time.monotonic()
        try:
            if number < WRITERS:
                create(f"{mount}/{number}/{turn}")
            else:
                read_a_copy(mount, lower, number, turn)
            done += 1
        except OSError as error:
            failures.append(str(error))
        longest = max(longest, time.monotonic() - start)
    os.write(report, (json.dumps({"number": number, "done": done, "failures": failures, "longest": longest}) + "\n").encode())


def child_of(pid):
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
            with open(f"/proc/{name}/cmdline", "rb") as line:
                is_daemon = b"ecryptfsj.daemon.Ecryptfsd" in line.read()
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[1]) == pid and is_daemon:
            return int(name)
    return None


def kill_child(pid_file):
    with open(pid_file, encoding="ascii") as file:
        os.kill(child_of(int(file.read())), signal.SIGKILL)


def run(command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def main():
    mount, lower = sys.argv[1:3]
    if sys.argv[4] == "--":
        disturb, times_over, pause = lambda: run(sys.argv[5:]), 1, float(sys.argv[3])
    else:
        disturb, times_over, pause = lambda: kill_child(sys.argv[3]), int(sys.argv[4]), 0
    # The kernel lets nobody else into a directory while a file is created there.
    for name in ["many", "probe", *map(str, range(WRITERS + READERS))]:
        os.mkdir(f"{mount}/{name}")
    for i in range(KEPT):
        create(f"{mount}/many/{i}")
    os.sync()
    reading, writing = os.pipe()
    workers = []
    for number in range(WRITERS + READERS):
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            work(number, mount, lower, pause, writing)
            os._exit(0)
        workers.append(pid)
    os.close(writing)

    times, failures = [], []
    for i in range(times_over):
        start = time.monotonic()
        try:
            disturb()
            create(f"{mount}/probe/{i}")
        except (OSError, subprocess.CalledProcessError) as error:
            failures.append(str(error))
        times.append(time.monotonic() - start)
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
    with os.fdopen(reading, encoding="ascii") as lines:
        reports = [json.loads(line) for line in lines]
    for pid in workers:
        os.waitpid(pid, 0)

    # Everything that was written, from the disk.
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as caches:
        caches.write("3")
    wrong, files = [], 0
    for directory, _, names in os.walk(mount):
        for name in names:
            files += 1
            try:
                read(f"{directory}/{name}", name)
            except OSError as error:
                wrong.append(str(error))
    failures += [failure for report in reports for failure in report["failures"]]
    print(json.dumps({
        "times": times_over,
        "created": sum(r["done"] for r in reports if r["number"] < WRITERS),
        "opened": sum(r["done"] for r in reports if r["number"] >= WRITERS),
        "failures": failures,
        "files": files,
        "wrong": wrong,
        "longest_wait_ms": round(1000 * max(r["longest"] for r in reports)),
        "median_ms": round(1000 * statistics.median(times)) if times else 0,
        "max_ms": round(1000 * max(times)) if times else 0,
    }))


main()
