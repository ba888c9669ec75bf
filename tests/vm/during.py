#!/usr/bin/env python3
"""Eight programs that create and open files on an eCryptfs mount, while a command does something to the daemon.

during.py MOUNT LOWER PAUSE COMMAND...

Four write new files, four read files that the kernel has not seen yet, copies of lower files; each pauses for PAUSE seconds
after a file, to leave something of an emulated machine to COMMAND. The last line is JSON: what was done, what failed, and
what reads otherwise, from the disk, when it is all over.
"""
import hashlib
import json
import os
import shutil
import signal
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
    # Blocked: a program that waits for the daemon takes a whole processor while a signal is pending.
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


def start(number, mount, lower, pause, reading, writing):
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        work(number, mount, lower, pause, writing)
        os._exit(0)
    return pid


def read_all(mount):
    """How many files there are, and what is wrong with them."""
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
    return files, wrong


def main():
    mount, lower, pause = *sys.argv[1:3], float(sys.argv[3])
    # The kernel lets nobody else into a directory while a file is created there.
    for name in ["many", *map(str, range(WRITERS + READERS))]:
        os.mkdir(f"{mount}/{name}")
    for i in range(KEPT):
        create(f"{mount}/many/{i}")
    os.sync()
    reading, writing = os.pipe()
    workers = [start(number, mount, lower, pause, reading, writing) for number in range(WRITERS + READERS)]
    os.close(writing)

    begin = time.monotonic()
    code = subprocess.run(sys.argv[4:], stdin=subprocess.DEVNULL, check=False).returncode
    seconds = time.monotonic() - begin
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
    with os.fdopen(reading, encoding="ascii") as lines:
        reports = [json.loads(line) for line in lines]
    for pid in workers:
        os.waitpid(pid, 0)
    files, wrong = read_all(mount)
    print(json.dumps({
        "exit_code": code,
        "seconds": round(seconds),
        "created": sum(r["done"] for r in reports if r["number"] < WRITERS),
        "opened": sum(r["done"] for r in reports if r["number"] >= WRITERS),
        "failures": [failure for report in reports for failure in report["failures"]],
        "files": files,
        "wrong": wrong,
        "longest_wait_ms": round(1000 * max(r["longest"] for r in reports)),
    }))


main()
