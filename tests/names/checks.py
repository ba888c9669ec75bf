"""Files whose names are no text, as arguments of the tools: names/checks.py DIST DIRECTORY. See names/run."""
import os
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../memory"))
from report import PASSPHRASE, WRAPPING, check_that, end  # noqa: E402
from tools import TEXT, lower_file  # noqa: E402

dist, work = sys.argv[1].encode(), sys.argv[2].encode()
LOCALES = ("C", "C.UTF-8", "xx_YY.UTF-8")
LATIN = b"caf\xe9 \xff"
UTF_8 = "grüße 漢".encode()


def tool(name, locale, *arguments, given=PASSPHRASE + b"\n", directory=None):
    environment = {name: value for name, value in os.environ.items() if name != "LANG" and not name.startswith("LC_")}
    if locale:
        environment["LANG"] = locale
    return subprocess.run(
        [dist + b"/bin/" + name, *arguments], env=environment, cwd=directory, input=given, capture_output=True, check=False
    )


def failures(locale, name):
    """What goes wrong with files and directories of that name."""
    directory = work + b"/" + name
    tree, out = directory + b"/tree " + name, directory + b"/out " + name
    lower = tree + b"/" + name
    wrapped, options = directory + b"/wrapped " + name, directory + b"/options " + name
    os.makedirs(tree, exist_ok=True)
    lower_file(lower, os.urandom(16))
    with open(options, "wb") as file:
        file.write(b"passphrase_passwd=" + PASSPHRASE + b"\n")
    os.chmod(options, 0o600)

    def expect(what, done, text=None):
        if done.returncode != 0 or (text is not None and text not in done.stdout):
            yield f"{what}: {done.returncode} {done.stdout} {done.stderr}"

    yield from expect("cat", tool(b"ecryptfs-cat", locale, b"--passphrase-stdin", lower), TEXT)
    yield from expect(
        "cat below it",
        tool(b"ecryptfs-cat", locale, b"--passphrase-stdin", os.path.basename(lower), directory=tree), TEXT,
    )
    yield from expect("cat by a file", tool(b"ecryptfs-cat", locale, b"--passphrase-file", options, lower), TEXT)
    yield from expect("stat", tool(b"ecryptfs-stat", locale, lower), b"Encrypted")
    yield from expect("decrypt", tool(b"ecryptfs-decrypt", locale, b"--passphrase-stdin", tree, out))
    secrets = PASSPHRASE + b"\n" + WRAPPING + b"\n"
    yield from expect("wrap", tool(b"ecryptfs-wrap-passphrase", locale, wrapped, b"-", given=secrets))
    yield from expect(
        "unwrap", tool(b"ecryptfs-unwrap-passphrase", locale, wrapped, b"-", given=WRAPPING + b"\n"), PASSPHRASE
    )
    left = set(os.listdir(directory)) - {os.path.basename(path) for path in (tree, out, wrapped, options)}
    if left or not os.path.exists(out + b"/" + name) or not os.path.exists(wrapped):
        yield f"other files: {os.listdir(directory)}"
    for path in (out, wrapped):
        subprocess.run(["rm", "-rf", "--", path], check=True)


for locale in LOCALES:
    for name, what in ((LATIN, "no UTF-8"), (UTF_8, "UTF-8")):
        wrong = list(failures(locale, name))
        check_that(
            f"with LANG={locale or ''}, arguments that are {what} reach their files", not wrong, "\n  ".join(wrong)
        )
sys.exit(end())
