package org.ecryptfsj.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The options that modprobe passes to the kernel's eCryptfs module, as {@code modprobe --showconfig} prints them (modprobe(8)):
 * modprobe itself merges the files of modprobe.d(5) and the kernel's command line. Options on modprobe's own command line are in
 * no file, and the running module does not show its parameters (docs/spec/channel.md, section 1), so those cannot be known.
 *
 * @param lines of the configuration; a later line overrides an earlier one
 * @param complaints messages of modprobe about its configuration
 */
public record ModuleOptions(List<String> lines, List<String> complaints) {
    /** Paths of modprobe on all distributions; a program in the caller's PATH is not trusted. */
    private static final List<String> PROGRAMS =
            List.of("/sbin/modprobe", "/usr/sbin/modprobe", "/bin/modprobe", "/usr/bin/modprobe");

    /** Directories of modprobe.d(5); of two files with the same name, modprobe reads the one in the first directory. */
    private static final List<String> DIRECTORIES = List.of(
            "/etc/modprobe.d",
            "/run/modprobe.d",
            "/usr/local/lib/modprobe.d",
            "/usr/lib/modprobe.d",
            "/lib/modprobe.d");

    /** The indexes of all modules follow, a megabyte of them. */
    private static final String END_OF_CONFIGURATION = "# End of configuration files";

    private static final Pattern COMPLAINT = Pattern.compile("(libkmod|modprobe): .*");
    private static final Pattern DISABLES = Pattern.compile("install\\s+ecryptfs\\s+(/usr)?/bin/(false|true)\\b.*");

    /** @throws NullPointerException if an element is null */
    public ModuleOptions {
        lines = List.copyOf(lines);
        complaints = List.copyOf(complaints);
    }

    /**
     * Runs modprobe.
     *
     * @param root of the machine's file system; for another root than /, modprobe reads its directories, but the command line of
     *     the running kernel
     * @throws ModprobeException if modprobe is missing or fails
     */
    public static ModuleOptions of(Path root) throws ModprobeException {
        Path program = PROGRAMS.stream()
                .map(path -> below(root, path))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new ModprobeException(
                        "options of the kernel's eCryptfs are unknown: modprobe is not installed"));
        List<String> command = new ArrayList<>(List.of(program.toString(), "--showconfig"));
        if (!root.equals(Path.of("/"))) {
            for (String directory : DIRECTORIES) {
                command.add("--config=" + below(root, directory));
            }
        }
        return of(command);
    }

    /** @param command prints the configuration as modprobe does */
    static ModuleOptions of(List<String> command) throws ModprobeException {
        List<String> lines = new ArrayList<>();
        List<String> complaints = new ArrayList<>();
        boolean complete = false;
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // MODPROBE_OPTIONS is meant for single runs of modprobe.
        builder.environment().clear();
        try {
            Process process = builder.start();
            try (BufferedReader output = process.inputReader(StandardCharsets.ISO_8859_1)) {
                process.getOutputStream().close();
                String line = output.readLine();
                while (line != null && !line.startsWith(END_OF_CONFIGURATION)) {
                    (COMPLAINT.matcher(line).matches() ? complaints : lines).add(line);
                    line = output.readLine();
                }
                complete = line != null;
            } finally {
                process.destroy();
            }
        } catch (IOException e) {
            throw new ModprobeException("cannot run " + command.get(0) + ": " + e.getMessage(), e);
        }
        if (!complete) {
            throw new ModprobeException(command.get(0) + " --showconfig failed: "
                    + String.join(
                            "; ", complaints.isEmpty() ? lines.stream().limit(1).toList() : complaints));
        }
        return new ModuleOptions(lines, complaints);
    }

    /** Value of a numeric parameter of the module; empty if it is not set. */
    public OptionalLong number(String parameter) {
        OptionalLong found = OptionalLong.empty();
        Pattern option = Pattern.compile("(?<![^\\s\"])" + Pattern.quote(parameter) + "=(\\d{1,9})(?![^\\s\"])");
        for (String line : lines) {
            if (line.matches("options\\s+ecryptfs\\s.*")) {
                Matcher matcher = option.matcher(line);
                while (matcher.find()) {
                    found = OptionalLong.of(Long.parseLong(matcher.group(1)));
                }
            }
        }
        return found;
    }

    /** The line that prevents modprobe from loading the module. */
    public Optional<String> forbidding() {
        return lines.stream().filter(line -> DISABLES.matcher(line).matches()).findFirst();
    }

    private static Path below(Path root, String path) {
        return root.resolve(path.substring(1));
    }
}
