package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ecryptfsj.tools.machine.Machine;

/**
 * Checks of /etc/crypttab (crypttab(5)): swap lines that cannot work, and sources that two lines use, which destroy each
 * other's data. ecryptfs-setup-swap warns of the same lines.
 */
final class CrypttabChecks {
    private static final String NAME = "crypttab";
    private static final String CRYPTTAB = "/etc/crypttab";
    private static final String FSTAB = "/etc/fstab";

    private CrypttabChecks() {}

    /**
     * A line of crypttab.
     *
     * @param name name of the mapping
     * @param source device, file or tag such as UUID=...
     * @param key path of the key file
     * @param options separated by commas
     */
    private record Line(String name, String source, String key, String options) {
        /** Whether the line is for swap with a new random key at each boot. */
        boolean isRandomSwap() {
            return key.matches("/dev/u?random") && hasOption("swap");
        }

        boolean hasOption(String option) {
            return ("," + options + ",").matches(".*," + option + "[=,].*");
        }

        boolean hasTag() {
            return source.contains("=");
        }
    }

    static List<Finding> lines(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        List<Line> lines = fields(machine, CRYPTTAB, 2).stream()
                .map(f -> new Line(f[0], f[1], f.length > 2 ? f[2] : "none", f.length > 3 ? f[3] : ""))
                .toList();
        if (lines.isEmpty()) {
            return List.of(Finding.skipped(NAME, CRYPTTAB + " has no lines"));
        }
        List<Finding> findings = new ArrayList<>();
        for (Line line : lines) {
            brokenSwap(machine, line).ifPresent(findings::add);
        }
        findings.addAll(sharedWithFstab(machine, lines));
        findings.addAll(sharedInCrypttab(machine, lines));
        return findings.isEmpty()
                ? List.of(Finding.ok(NAME, "the sources in " + CRYPTTAB + " exist and are not used by other lines"))
                : findings;
    }

    private static Optional<Finding> brokenSwap(Machine machine, Line line) throws IOException {
        if (!line.isRandomSwap()) {
            return Optional.empty();
        }
        if (line.hasTag() && !line.hasOption("offset")) {
            return Optional.of(Finding.problem(
                    NAME,
                    line.name() + " in " + CRYPTTAB + " has no offset=",
                    "each boot overwrites the header by which " + line.source() + " is found, so the next boot does not"
                            + " find it",
                    "ecryptfs-setup-swap --undo, then mkswap on the device, swapon and ecryptfs-setup-swap"));
        }
        if (isMissing(machine, line.source())) {
            return Optional.of(Finding.problem(
                    NAME,
                    "the source " + line.source() + " of " + line.name() + " in " + CRYPTTAB + " does not exist",
                    "the boot waits for the device, and the swap is missing",
                    "correct the line in " + CRYPTTAB + ", or remove it with ecryptfs-setup-swap --undo"));
        }
        return Optional.empty();
    }

    private static List<Finding> sharedWithFstab(Machine machine, List<Line> lines) throws IOException {
        List<Finding> findings = new ArrayList<>();
        for (String[] swap : fields(machine, FSTAB, 3)) {
            for (Line line : lines) {
                if (swap[2].equals("swap") && isSame(machine, swap[0], line.source())) {
                    findings.add(shared(swap[0], "the swap line in " + FSTAB, line, FSTAB));
                }
            }
        }
        return findings;
    }

    private static List<Finding> sharedInCrypttab(Machine machine, List<Line> lines) throws IOException {
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            for (Line later : lines.subList(i + 1, lines.size())) {
                if (isSame(machine, lines.get(i).source(), later.source())) {
                    findings.add(shared(later.source(), later.name() + " in " + CRYPTTAB, lines.get(i), CRYPTTAB));
                }
            }
        }
        return findings;
    }

    private static Finding shared(String source, String user, Line line, String file) {
        return Finding.problem(
                NAME,
                source + " is used by " + user + " and by " + line.name() + " in " + CRYPTTAB,
                "each of both overwrites the data of the other",
                "remove one of the two lines; edit " + file);
    }

    /** The fields of the lines that have at least so many, without comments. */
    private static List<String[]> fields(Machine machine, String file, int minimum) throws IOException {
        return machine.lines(file).stream()
                .map(String::strip)
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("\\s+", -1))
                .filter(fields -> fields.length >= minimum)
                .toList();
    }

    /** Whether a path, or the device of a tag, does not exist. Without udev's links it is unknown: then false. */
    private static boolean isMissing(Machine machine, String source) throws IOException {
        Optional<String> path = devicePath(source);
        if (path.isEmpty()) {
            return false;
        }
        String directory = path.get().substring(0, path.get().lastIndexOf('/'));
        return source.startsWith("/")
                ? !machine.exists(path.get())
                : !machine.list(directory).isEmpty() && !machine.exists(path.get());
    }

    private static boolean isSame(Machine machine, String one, String other) throws IOException {
        return one.equals(other) || resolved(machine, one).equals(resolved(machine, other));
    }

    private static String resolved(Machine machine, String source) throws IOException {
        Optional<Path> path = devicePath(source).map(machine::resolve).filter(Files::exists);
        return path.isPresent() ? path.get().toRealPath().toString() : source;
    }

    /** The path of a source; for a tag the link that udev creates. */
    private static Optional<String> devicePath(String source) {
        if (source.startsWith("/")) {
            return Optional.of(source);
        }
        String[] tag = source.split("=", 2);
        return tag.length == 2 && tag[0].matches("(PART)?(UUID|LABEL)")
                ? Optional.of("/dev/disk/by-" + tag[0].toLowerCase(Locale.ROOT) + "/" + tag[1].replace("\"", ""))
                : Optional.empty();
    }
}
