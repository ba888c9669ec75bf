#!/usr/bin/env python3
"""Makes a table, a JSON file and plots of what was measured: report.py DIRECTORY FIGURES.jsonl..."""
import json
import statistics
import subprocess
import sys
from pathlib import Path

NAMES = {"passphrase": "passphrase", "keyfile": "key file", "no-work": "no work", "envelope": "ours, envelope", "direct": "ours, direct", "C": "ecryptfs-utils"}
WHATS = {
    ("create", 1): "create, one at a time",
    ("open", 1): "first open, one at a time",
    ("create", 4): "create, 4 side by side",
    ("open", 4): "first open, 4 side by side",
    ("create", 16): "create, 16 side by side",
    ("open", 16): "first open, 16 side by side",
    ("tree-write", 1): "tree of small files, written",
    ("tree-read", 1): "tree of small files, stat and read",
}


def load(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def find(figures, system, chip, what, threads=None):
    for one in figures:
        if (one["system"], one["chip"], one["what"]) == (system, chip, what) and threads in (None, one.get("threads")):
            return one
    return None


def mean_ms(figure):
    return figure["seconds"] * 1000 / figure["files"] if figure else None


def shown(value, unit=""):
    return "-" if value is None else f"{value:.2f}{unit}" if value < 100 else f"{value:.0f}{unit}"


def ratio(one, other):
    return "-" if not one or not other else f"{one / other:.2f}"


def speed_table(figures, chip):
    lines = [
        "| milliseconds a file, mean (p50, p99) | " + " | ".join(NAMES.values()) + " | key file / passphrase | envelope / passphrase | no work / passphrase | C / envelope | C / direct |",
        "|---" * (len(NAMES) + 6) + "|",
    ]
    for (what, threads), label in WHATS.items():
        row = {system: find(figures, system, chip, what, threads) for system in NAMES}
        if not any(row.values()):
            continue
        cells = [
            "-" if f is None else f"{shown(mean_ms(f))} ({shown(f['p50_ms'])}, {shown(f['p99_ms'])})"
            + (f" {f['errors']} errors" if f["errors"] else "")
            for f in row.values()
        ]
        base = row["passphrase"] or find(figures, "passphrase", "software", what, threads)
        lines.append(
            f"| {label} | "
            + " | ".join(cells)
            + f" | {ratio(mean_ms(row['keyfile']), mean_ms(base))}"
            + f" | {ratio(mean_ms(row['envelope']), mean_ms(base))}"
            + f" | {ratio(mean_ms(row['no-work']), mean_ms(base))}"
            + f" | {ratio(mean_ms(row['C']), mean_ms(row['envelope']))}"
            + f" | {ratio(mean_ms(row['C']), mean_ms(row['direct']))} |"
        )
    return lines


def rounds_table(figures):
    """A key file beside a passphrase, in turn: medians of all rounds, and the smallest and largest."""
    rounds = chips_of(figures, "round ")
    lines = [
        f"| median of {len(rounds)} rounds (smallest to largest), milliseconds | passphrase (C helper) | key file | key file / passphrase |",
        "|---|---|---|---|",
    ]
    measures = [
        (label + ", a file", lambda s, chip, key=key: mean_ms(find(figures, s, chip, *key))) for key, label in WHATS.items()
    ]
    measures.append(("mount to first byte", lambda s, chip: first_byte(figures, s, chip)))
    for label, measured in measures:
        lines += compared(label, rounds, measured)
    tpm2 = chips_of(figures, "tpm2 round ")
    return lines + compared("mount to first byte, TPM 2.0", tpm2, lambda s, chip: first_byte(figures, s, chip))


def chips_of(figures, start):
    return [chip for chip in dict.fromkeys(one["chip"] for one in figures) if chip.startswith(start)]


def first_byte(figures, system, chip):
    return (find(figures, system, chip, "mount") or {}).get("first_byte_ms")


def compared(label, rounds, measured):
    """The row of a measurement, if both were measured."""

    def values(system):
        found = [measured(system, chip) for chip in rounds]
        return [value for value in found if value is not None]

    def cell(of):
        return f"{shown(statistics.median(of))} ({shown(min(of))} to {shown(max(of))})"

    one, other = values("passphrase"), values("keyfile")
    if not one or not other:
        return []
    return [f"| {label} | {cell(one)} | {cell(other)} | {ratio(statistics.median(other), statistics.median(one))} |"]


def is_round(chip):
    return chip.startswith(("round ", "tpm2 round "))


def other_table(figures):
    daemons = [system for system in NAMES if system not in ("passphrase", "keyfile", "no-work")]
    lines = ["| | " + " | ".join(NAMES[system] for system in daemons) + " |", "|---|---|---|---|"]

    def row(label, what, key):
        values = [find(figures, s, "software", what) for s in daemons]
        lines.append(f"| {label} | " + " | ".join("-" if v is None else str(v[key]) for v in values) + " |")

    row("start to ready, ms (emulated machine)", "daemon", "start_ms")
    row("resident memory at the end, MB", "daemon", "rss_mb")
    row("files went on opening after a PCR changed, ms", "pcr-change", "opens_for_ms")
    free, stuck = (find(figures, s, "software", "open") for s in ("rsa-free", "rsa-while-tpm-stuck"))
    if free and stuck:
        lines += [
            "",
            f"Opens with an RSA key: p50 {free['p50_ms']} ms, p99 {free['p99_ms']} ms; while the TPM was stuck and eight"
            f" processes waited for it: p50 {stuck['p50_ms']} ms, p99 {stuck['p99_ms']} ms, {stuck['errors']} errors.",
        ]
    return lines


def native_table(figures):
    """Both daemons over the same requests, without a VM."""
    lines = [
        "| system | requests a second | create p50, p99 ms | open p50, p99 ms | start to HELO ms |"
        " MB after 10,000 requests | MB at the end | MB idle |",
        "|---" * 8 + "|",
    ]
    for one in figures:
        if (one["chip"], one["what"]) != ("native", "requests"):
            continue
        cells = [
            NAMES[one["system"]],
            one["per_second"],
            f"{one['create_p50_ms']}, {one['create_p99_ms']}",
            f"{one['open_p50_ms']}, {one['open_p99_ms']}",
            one.get("start_ms", ""),
            one.get("rss_at_10000_mb") or "",
            one["rss_mb"][-1] if "rss_mb" in one else "",
            one.get("rss_idle_mb", ""),
        ]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    free, stuck = (find(figures, "envelope", "native", what) for what in ("free", "tpm-stuck"))
    if free and stuck:
        lines += [
            "",
            f"Opens with a KEK that is held: p50 {free['open_p50_ms']} ms, p99 {free['open_p99_ms']} ms; while tcsd was"
            f" stopped and eight requests waited for it: p50 {stuck['open_p50_ms']} ms, p99 {stuck['open_p99_ms']} ms,"
            f" at most {stuck['open_max_ms']} ms.",
        ]
    return lines


def plot(figures, chip, out):
    rows = []
    for (what, threads), label in WHATS.items():
        values = [mean_ms(find(figures, s, chip, what, threads)) for s in NAMES]
        if any(values):
            rows.append(f'"{label}" ' + " ".join("?" if v is None else f"{v:.4f}" for v in values))
    if not rows:
        return None
    data = out / f"speed-{chip}.dat"
    data.write_text("\n".join(rows) + "\n", encoding="utf-8")
    picture = out / f"speed-{chip}.svg"
    columns = ", ".join(
        f"'{data}' using {i + 2}:xtic(1) title '{name}'" for i, name in enumerate(NAMES.values())
    )
    script = (
        f"set terminal svg size 1000,560 background 'white'; set output '{picture}'; set datafile missing '?';"
        "set style data histograms; set style histogram clustered gap 1; set style fill solid 0.8 border -1;"
        f"set logscale y; set grid y; set ylabel 'milliseconds a file (log)'; set title 'TPM: {chip}';"
        f"set xtics rotate by -25; set key top left; plot {columns}"
    )
    subprocess.run(["gnuplot", "-e", script], check=True)
    data.unlink()
    return picture


def main():
    out = Path(sys.argv[1])
    figures = [one for path in sys.argv[2:] for one in load(path)]
    chips = list(dict.fromkeys(one["chip"] for one in figures if one["chip"] != "native" and not is_round(one["chip"])))
    report = ["# Ours and ecryptfs-utils, in one run", ""]
    if any(is_round(one["chip"]) for one in figures):
        report += ["## A key file beside a passphrase", ""] + rounds_table(figures) + [""]
    for chip in chips:
        report += [f"## TPM: {chip}", ""] + speed_table(figures, chip) + [""]
        picture = plot(figures, chip, out)
        if picture:
            report += [f"![milliseconds a file]({picture.name})", ""]
    if any(one["what"] == "daemon" for one in figures):
        report += ["## The daemons", ""] + other_table(figures) + [""]
    if any(one["chip"] == "native" for one in figures):
        report += ["## Without the VM", ""] + native_table(figures) + [""]
    (out / "report.md").write_text("\n".join(report), encoding="utf-8")
    (out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print("\n".join(report))


if __name__ == "__main__":
    main()
