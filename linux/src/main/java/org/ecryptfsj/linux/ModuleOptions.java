package org.ecryptfsj.linux;

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
import java.util.stream.Stream;

/**
 * What a machine says of the kernel's eCryptfs module where modprobe and the kernel get it from: modprobe.d(5) and the kernel's
 * command line. The running module does not show its parameters (spec channel.md, module parameters).
 *
 * @param commandLine the kernel's
 * @param lines of modprobe.d, later ones win
 * @param unread why some of it could not be read
 */
public record ModuleOptions(String commandLine, List<Line> lines, List<IOException> unread) {
    private static final String COMMAND_LINE = "/proc/cmdline";
    private static final List<String> DIRECTORIES =
            List.of("/lib/modprobe.d", "/usr/local/lib/modprobe.d", "/run/modprobe.d", "/etc/modprobe.d");
    private static final Pattern FORBIDS = Pattern.compile("\\s*install\\s+ecryptfs\\s+(/usr)?/bin/(false|true)\\b.*");

    /**
     * A line of modprobe.d.
     *
     * @param file where it stands, as the machine calls it
     * @param text the line
     */
    public record Line(String file, String text) {}

    /** @throws NullPointerException if one of them is missing */
    public ModuleOptions {
        lines = List.copyOf(lines);
        unread = List.copyOf(unread);
    }

    /**
     * Reads them.
     *
     * @param root of the machine's file system
     */
    public static ModuleOptions of(Path root) {
        List<Line> lines = new ArrayList<>();
        List<IOException> unread = new ArrayList<>();
        for (String directory : DIRECTORIES) {
            try {
                for (String name : names(below(root, directory))) {
                    String file = directory + "/" + name;
                    text(below(root, file), unread)
                            .lines()
                            .map(line -> new Line(file, line))
                            .forEach(lines::add);
                }
            } catch (IOException e) {
                unread.add(e);
            }
        }
        Path commandLine = below(root, COMMAND_LINE);
        return new ModuleOptions(Files.exists(commandLine) ? text(commandLine, unread) : "", lines, unread);
    }

    /** The number that a parameter of the module is set to; empty if nobody sets it. */
    public OptionalLong number(String parameter) {
        OptionalLong found = last(Pattern.compile("\\becryptfs\\." + parameter + "=(\\d{1,9})\\b"), commandLine);
        Pattern option = Pattern.compile("^\\s*options\\s+ecryptfs\\s.*\\b" + parameter + "=(\\d{1,9})\\b");
        for (Line line : lines) {
            OptionalLong here = last(option, line.text());
            found = here.isPresent() ? here : found;
        }
        return found;
    }

    /** The line that has modprobe do nothing when the module is to be loaded. */
    public Optional<Line> forbidding() {
        return lines.stream()
                .filter(line -> FORBIDS.matcher(line.text()).matches())
                .findFirst();
    }

    private static OptionalLong last(Pattern pattern, String text) {
        OptionalLong found = OptionalLong.empty();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found = OptionalLong.of(Long.parseLong(matcher.group(1)));
        }
        return found;
    }

    private static List<String> names(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".conf"))
                    .sorted()
                    .toList();
        }
    }

    private static String text(Path file, List<IOException> unread) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            unread.add(e);
            return "";
        }
    }

    private static Path below(Path root, String path) {
        return root.resolve(path.substring(1));
    }
}
