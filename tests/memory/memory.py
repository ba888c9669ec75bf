"""The memory of other processes, and what it contains. Needs root."""
import ctypes
import os
import re
import signal
import struct

WINDOW = 8


class Region:
    """A piece of a process's memory as it was when it was read."""

    def __init__(self, start, name, flags, data):
        self.start, self.name, self.flags, self.data = start, name, flags, data

    @property
    def kept(self):
        """Whether it is locked into RAM and left out of dumps."""
        return {"lo", "dd"} <= self.flags

    def __str__(self):
        return f"{self.name or 'anonymous'} at {self.start:x}, {len(self.data) // 1024} KiB" + (
            ", locked and left out of dumps" if self.kept else ""
        )


def regions(pid):
    """What can be written to, and so can hold something that was not there at the program's start."""
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as smaps:
        text = smaps.read()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for entry in re.finditer(
            r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ *(.*)$((?:\n(?![0-9a-f]+-).*)*)", text, re.M
        ):
            start, end = int(entry[1], 16), int(entry[2], 16)
            if not entry[3].startswith("rw"):
                continue
            flags = re.search(r"^VmFlags: (.*)$", entry[5], re.M)
            data = read(memory, start, end - start)
            if data:
                yield Region(start, entry[4], set(flags[1].split()), data)


def read(memory, start, size):
    parts = []
    while size > 0:
        memory.seek(start)
        part = memory.read(min(size, 1 << 22))
        if not part:
            break
        parts.append(part)
        start, size = start + len(part), size - len(part)
    return b"".join(parts)


def swapped(data, width):
    """As an array of numbers holds it whose bytes are in the machine's order: a key schedule, or a large number."""
    return b"".join(data[i : i + width][::-1] for i in range(0, len(data), width))


def spellings(secret):
    """How a secret can stand in memory: eight bytes of it, from either end, in the forms that programs give it."""
    both = {"first bytes": secret[:WINDOW], "last bytes": secret[-WINDOW:]}
    found = {}
    for which, part in both.items():
        found[f"its {which}"] = part
        found[f"its {which} in words"] = swapped(part, 4)
        found[f"its {which} in long words"] = swapped(part, 8)
        found[f"its {which} as characters"] = b"".join(bytes([b, 0]) for b in part)
        for digits in (part.hex(), part.hex().upper()):
            found[f"its {which} as {digits[:2]}... in hex"] = digits.encode()
            found[f"its {which} as {digits[:2]}... in hex characters"] = digits.encode("utf-16-le")
    return found


class Sight:
    """A secret's spelling in a region."""

    def __init__(self, secret, form, region, at):
        self.secret, self.form, self.region, self.at = secret, form, region, at

    def __str__(self):
        around = self.region.data[max(0, self.at - 24) : self.at + 40]
        return f"{self.secret}, {self.form}, {self.at} bytes into {self.region}: ...{around.hex(' ', 8)}..."


def sights(memory, secrets):
    """Where the secrets, by name, stand in these regions."""
    return [
        Sight(name, form, region, found.start())
        for name, secret in secrets.items()
        for form, spelling in spellings(secret).items()
        for region in memory
        for found in re.finditer(re.escape(spelling), region.data)
    ]


class Stopped:
    """A stopped process: everything read of it is of one moment."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)
        while any(self.state(thread) not in "Tt" for thread in os.listdir(f"/proc/{self.pid}/task")):
            pass
        return list(regions(self.pid))

    def state(self, thread):
        with open(f"/proc/{self.pid}/task/{thread}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(") ")[2][0]

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGCONT)


PTRACE_TRACEME, PTRACE_CONT, PTRACE_SETOPTIONS = 0, 7, 0x4200
OPTIONS = 0x8 | 0x40 | 0x80 | 0x100000  # TRACECLONE, TRACEEXIT, TRACESECCOMP, EXITKILL
EVENT_EXIT, EVENT_SECCOMP, WALL = 6, 7, 0x40000000
EXIT_GROUP = {"x86_64": 231}.get(os.uname().machine, 94)
ADD_KEY = {"x86_64": 248}.get(os.uname().machine, 217)
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
RET_TRACE, RET_ALLOW = 0x7FF00000, 0x7FFF0000
libc = ctypes.CDLL(None, use_errno=True)


def ptrace(request, pid, data=0):
    if libc.ptrace(request, pid, None, ctypes.c_void_p(data)) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request} of {pid}")


def leaves(thread):
    with open(f"/proc/{thread}/syscall", encoding="ascii") as call:
        return call.read().split()[0] == str(EXIT_GROUP)


def report_added_keys():
    """Lets whoever traces this process see each add_key(2): a filter that traces this call and allows all others."""
    rules = [(0x20, 0, 0, 0), (0x15, 0, 1, ADD_KEY), (0x06, 0, 0, RET_TRACE), (0x06, 0, 0, RET_ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *rule) for rule in rules))
    program = struct.pack("@HxxxxxxP", len(rules), ctypes.addressof(code))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl PR_SET_SECCOMP")


def added_key(thread):
    """What add_key(2) is about to give the kernel."""
    with open(f"/proc/{thread}/syscall", encoding="ascii") as call:
        _, _, _, payload, size, *_ = (int(word, 0) for word in call.read().split())
    with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
        return read(memory, payload, size)


def at_exit(command, given, output, added=None):
    """Runs a program; its exit code, and its memory at the moment it has decided to end.

    given: what it reads from standard input; output: where it writes; added: a list for what it gives to add_key(2).
    """
    reader, writer = os.pipe()
    os.write(writer, given)
    os.close(writer)
    pid = os.fork()
    if pid == 0:
        out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(reader, 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        ptrace(PTRACE_TRACEME, 0)
        if added is not None:
            report_added_keys()
        os.execvp(command[0], command)
    os.close(reader)
    os.waitpid(pid, 0)
    ptrace(PTRACE_SETOPTIONS, pid, OPTIONS)
    ptrace(PTRACE_CONT, pid)
    memory = None
    while True:
        thread, status = os.waitpid(-1, WALL)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            if thread == pid:
                return os.waitstatus_to_exitcode(status), memory
            continue
        event, stopped_by = status >> 16, os.WSTOPSIG(status)
        if event == EVENT_EXIT and memory is None and leaves(thread):
            memory = list(regions(thread))
        if event == EVENT_SECCOMP:
            added.append(added_key(thread))
        handed_on = 0 if event or stopped_by in (signal.SIGSTOP, signal.SIGTRAP) else stopped_by
        try:
            ptrace(PTRACE_CONT, thread, handed_on)
        except ProcessLookupError:
            continue
