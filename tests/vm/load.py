#!/usr/bin/env python3
"""Eight programs that create and open files on an eCryptfs mount without end, while the daemon's process is killed.

load.py MOUNT LOWER PIDFILE KILLS

Four write new files, four read files that the kernel has not seen yet, copies of lower files. PIDFILE names the shell that watches over the
daemon. KILLS times its child is killed with SIGKILL, each time as soon as the successor has answered. The last line is JSON:
what was done, what failed, and how long it took from a kill to the first answer.
"""
import hashlib
import json
import os
import shutil
import signal
import statistics
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


def work(number, mount, lower, report):
    """Until SIGTERM; then one line of JSON."""
    running = True

    def stop(*_):
        nonlocal running
        running = False

    signal.signal(signal.SIGTERM, stop)
    done, failures, longest, turn = 0, [], 0.0, 0
    while running:
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


def main():
    mount, lower, pid_file, kills = *sys.argv[1:4], int(sys.argv[4])
    with open(pid_file, encoding="ascii") as file:
        shell = int(file.read())
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
            work(number, mount, lower, writing)
            os._exit(0)
        workers.append(pid)
    os.close(writing)

    times, failures = [], []
    for i in range(kills):
        start = time.monotonic()
        os.kill(child_of(shell), signal.SIGKILL)
        try:
            create(f"{mount}/probe/{i}")
        except OSError as error:
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
        "kills": kills,
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
