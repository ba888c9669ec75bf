"""ecryptfs-key on a terminal, with pipes, and without both: keyfile/checks.py DIST DIRECTORY. See keyfile/run."""
import json
import os
import pty
import re
import subprocess
import sys
import termios

sys.path.append(os.path.join(os.path.dirname(__file__), "../memory"))
from report import PASSPHRASE, WRAPPING, check_that, end  # noqa: E402

dist, work = sys.argv[1], sys.argv[2]
TOOL = os.path.join(dist, "bin/ecryptfs-key")
KEY = os.path.join(work, "secret.key")
CODE = re.compile(rb"(?:[0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}")
NEW = b"correct horse battery staple"


def key(*arguments, given=b"", tool=TOOL):
    """The command with standard input that is a pipe, and without a terminal."""
    return subprocess.run(
        [tool, *arguments], input=given, capture_output=True, check=False, start_new_session=True, cwd=work
    )


def at_terminal(answers, *arguments):
    """The command with a terminal of its own: (exit code, all that it showed, whether each answer was typed without echo).

    answers: (the question's last words, what is typed)."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(work)
        os.execv(TOOL, [TOOL, *arguments])
    shown, silent, answers = b"", [], list(answers)
    seen = 0
    while True:
        try:
            read = os.read(terminal, 4096)
        except OSError:
            read = b""
        if not read:
            break
        shown += read
        if answers and answers[0][0] in shown[seen:]:
            silent.append(not termios.tcgetattr(terminal)[3] & termios.ECHO)
            seen = len(shown)
            os.write(terminal, answers.pop(0)[1] + b"\n")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(terminal)
    return code, shown, silent


def show(*arguments):
    return json.loads(key("show", "--json", KEY, *arguments).stdout)


made = key("create", KEY, "--recovery", "--label", "my files")
code = CODE.search(made.stdout)
check_that("create makes a key file and prints its recovery code once", made.returncode == 0 and code, made)
code = code.group()
check_that("only its owner can read it", os.stat(KEY).st_mode & 0o777 == 0o600)

done = key("test", KEY, given=code + b"\n")
check_that("a line of standard input is the code", done.returncode == 0 and b"(recovery) unlocks" in done.stdout, done)

done = key("test", KEY, given=code.lower().replace(b"-", b" "))
check_that("in lower case, with blanks and without a line end too", done.returncode == 0, done)

wrong = code[:6] + (b"8" if code[6:7] == b"7" else b"7") + code[7:]
done = key("test", KEY, given=wrong + b"\n")
check_that("a typing error is located", done.returncode == 255 and b"group 2 of the recovery code" in done.stderr, done)

done = subprocess.run(
    [TOOL, "test", KEY], stdin=subprocess.DEVNULL, capture_output=True, check=False, start_new_session=True,
    env={**os.environ, "ECRYPTFSJ_JAVA_OPTS": ""},
) if not os.path.isdir("/run/systemd/system") else None
check_that(
    "without terminal, input and systemd nobody is asked, and that is said",
    done is None or (done.returncode == 255 and b"there is no line on standard input" in done.stderr), done,
)

returned, shown, silent = at_terminal(
    [(b"code for my files: ", code), (b"passphrase for my files: ", NEW), (b"again: ", NEW)], "add", KEY, "--passphrase"
)
check_that(
    "a person types code and new passphrase on the terminal, without echo",
    returned == 0 and silent == [True] * 3 and code not in shown and NEW not in shown, (returned, shown, silent),
)

returned, shown, silent = at_terminal(
    [(b"code for my files: ", b"wrong " + NEW), (b"code for my files: ", NEW)], "test", KEY
)
check_that(
    "one question is for passphrase and code, and a wrong answer may be corrected",
    returned == 0 and b"protector 2 (passphrase) unlocks" in shown, (returned, shown),
)

returned, shown, silent = at_terminal([(b"(yes/no): ", b"no")], "export", KEY)
check_that("export asks, and no is no", returned == 255 and b"not printed" in shown and silent == [False], (returned, shown))

exported = key("export", KEY, "--yes", given=NEW + b"\n")
check_that(
    "export --yes prints the mount passphrase alone on standard output",
    exported.returncode == 0 and re.fullmatch(rb"[0-9a-f]{64}\n", exported.stdout), exported,
)

tree = os.path.join(work, "tree")
with open(tree, "wb") as file:
    file.write(b"passphrase_passwd=" + exported.stdout)
os.chmod(tree, 0o600)
again = os.path.join(work, "again.key")
done = key("import", again, "--mount-passphrase-file", tree, "--key-bytes", "32", "--recovery")
same = json.loads(key("show", "--json", again).stdout)
check_that(
    "import of what was exported makes the same keys",
    done.returncode == 0 and same["contents"] == show()["contents"] and same["names"] == show()["names"], (done, same),
)

wrapped = os.path.join(work, "wrapped-passphrase")
done = key(wrapped, "-", given=PASSPHRASE + b"\n" + WRAPPING + b"\n", tool=os.path.join(dist, "bin/ecryptfs-wrap-passphrase"))
private = os.path.join(work, "private.key")
done = key("import", private, "--wrapped-passphrase-file", wrapped, "--passphrase", given=WRAPPING + b"\n" + NEW + b"\n")
exported = key("export", private, "--yes", given=NEW)
check_that(
    "a private directory's wrapped passphrase is imported",
    done.returncode == 0 and exported.stdout == PASSPHRASE + b"\n", (done, exported),
)

with open(KEY, encoding="utf-8") as file:
    dear = re.sub(r'"memoryKiB": \d+', '"memoryKiB": 262144', re.sub(r'"passes": \d+', '"passes": 1', file.read()))
expensive = os.path.join(work, "expensive.key")
with open(expensive, "w", encoding="utf-8") as file:
    file.write(dear)
os.chmod(expensive, 0o600)
done = key("test", expensive, "2", given=NEW)
check_that(
    "the heap is enough for 256 MiB of Argon2id",
    done.returncode == 255 and b"the passphrase is wrong, or this protector was changed" in done.stderr, done,
)

done = key("remove", KEY, "2", given=NEW)
last = key("remove", KEY, "1", given=code)
check_that(
    "the last protector stays", done.returncode == 0 and last.returncode == 234 and len(show()["protectors"]) == 1, (done, last)
)

done = key("show", "no-such-name")
check_that("a name is a file in the usual directory", done.returncode == 254 and b"/no-such-name.key" in done.stderr, done)

sys.exit(end())
