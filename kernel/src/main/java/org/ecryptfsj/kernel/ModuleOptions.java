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
 * What modprobe gives to the kernel's eCryptfs module, as modprobe itself says it ({@code modprobe --showconfig}, modprobe(8)):
 * which files of modprobe.d(5) count, in which order, what masks what, where a line goes on, and what the kernel's command line
 * adds, is its business. Options on modprobe's own command line are in no file, and the running module does not show its
 * parameters (docs/spec/channel.md, section 1): nobody can read those.
 *
 * @param lines the configuration, later ones win
 * @param complaints what modprobe did not understand or could not read
 */
public record ModuleOptions(List<String> lines, List<String> complaints) {
    /** Where modprobe is, on all distributions; a program in the caller's PATH is not trusted. */
    private static final List<String> PROGRAMS =
            List.of("/sbin/modprobe", "/usr/sbin/modprobe", "/bin/modprobe", "/usr/bin/modprobe");

    /** Where modprobe looks (modprobe.d(5)); of two files with the same name, the one of the first directory counts. */
    private static final List<String> DIRECTORIES = List.of(
            "/etc/modprobe.d",
            "/run/modprobe.d",
            "/usr/local/lib/modprobe.d",
            "/usr/lib/modprobe.d",
            "/lib/modprobe.d");

    /** After it come the indexes of all modules, a megabyte of them. */
    private static final String END_OF_CONFIGURATION = "# End of configuration files";

    private static final Pattern COMPLAINT = Pattern.compile("(libkmod|modprobe): .*");
    private static final Pattern FORBIDS = Pattern.compile("install\\s+ecryptfs\\s+(/usr)?/bin/(false|true)\\b.*");

    /** @throws NullPointerException if one of them is missing */
    public ModuleOptions {
        lines = List.copyOf(lines);
        complaints = List.copyOf(complaints);
    }

    /**
     * Asks modprobe.
     *
     * @param root of the machine's file system; another one than / is asked about by its directories, and with the kernel's
     *     command line of this machine
     * @throws ModprobeException if there is no modprobe, or it does not tell
     */
    public static ModuleOptions of(Path root) throws ModprobeException {
        Path program = PROGRAMS.stream()
                .map(path -> below(root, path))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new ModprobeException(
                        "modprobe is not installed, so what it gives to the kernel's eCryptfs is not known"));
        List<String> command = new ArrayList<>(List.of(program.toString(), "--showconfig"));
        if (!root.equals(Path.of("/"))) {
            for (String directory : DIRECTORIES) {
                command.add("--config=" + below(root, directory));
            }
        }
        return of(command);
    }

    /** @param command that prints the configuration as modprobe does */
    static ModuleOptions of(List<String> command) throws ModprobeException {
        List<String> lines = new ArrayList<>();
        List<String> complaints = new ArrayList<>();
        boolean complete = false;
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // MODPROBE_OPTIONS is somebody's wish for one run of modprobe.
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
            throw new ModprobeException(command.get(0) + " cannot be run: " + e.getMessage(), e);
        }
        if (!complete) {
            throw new ModprobeException(command.get(0) + " --showconfig does not tell its configuration: "
                    + String.join(
                            "; ", complaints.isEmpty() ? lines.stream().limit(1).toList() : complaints));
        }
        return new ModuleOptions(lines, complaints);
    }

    /** The number that a parameter of the module is set to; empty if nobody sets it. */
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

    /** The line that has modprobe do nothing when the module is to be loaded. */
    public Optional<String> forbidding() {
        return lines.stream().filter(line -> FORBIDS.matcher(line).matches()).findFirst();
    }

    private static Path below(Path root, String path) {
        return root.resolve(path.substring(1));
    }
}
