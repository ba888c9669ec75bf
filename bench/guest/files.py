#!/usr/bin/env python3
"""Creates or opens files, alone or side by side, and prints what it took as one line of JSON.

files.py create|open DIRECTORY COUNT THREADS    files DIRECTORY/f0, f1, ...
files.py tree-write|tree-read DIRECTORY COUNT   small files in subdirectories of 50, as in a working copy
"""
import json
import os
import sys
import threading
import time


def create(path):
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def open_once(path):
    os.close(os.open(path, os.O_RDONLY))


def work(paths, act, threads):
    """Seconds that each file took, the errors, and the seconds in all."""
    waiting = iter(paths)
    lock = threading.Lock()
    took = []
    errors = []

    def worker():
        while True:
            with lock:
                path = next(waiting, None)
            if path is None:
                return
            start = time.perf_counter()
            try:
                act(path)
            except OSError as error:
                errors.append(str(error))
            took.append(time.perf_counter() - start)

    workers = [threading.Thread(target=worker) for _ in range(threads)]
    start = time.perf_counter()
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    return took, errors, time.perf_counter() - start


def tree_paths(directory, count):
    return [os.path.join(directory, f"d{i // 50}", f"file{i}.txt") for i in range(count)]


def write_small(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write("a line of a small file\n" * 40)


def stat_and_read(path):
    os.stat(path)
    with open(path, "rb") as file:
        file.read()


def main():
    what, directory, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    threads = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    acts = {"create": create, "open": open_once, "tree-write": write_small, "tree-read": stat_and_read}
    paths = (
        tree_paths(directory, count)
        if what.startswith("tree")
        else [os.path.join(directory, f"f{i}") for i in range(count)]
    )
    took, errors, seconds = work(paths, acts[what], threads)
    took.sort()
    print(
        json.dumps(
            {
                "what": what,
                "threads": threads,
                "files": count,
                "seconds": round(seconds, 4),
                "per_second": round(count / seconds, 2),
                "p50_ms": round(took[len(took) // 2] * 1000, 3),
                "p99_ms": round(took[min(len(took) - 1, len(took) * 99 // 100)] * 1000, 3),
                "max_ms": round(took[-1] * 1000, 3),
                "errors": len(errors),
                "first_error": errors[0] if errors else None,
            }
        )
    )


if __name__ == "__main__":
    main()
