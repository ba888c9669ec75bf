package org.ecryptfsj.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long the kernel lets a process wait for our answer: the module parameter ecryptfs_message_wait_timeout (spec
 * channel.md, module parameters). The running module does not show it, so it is read where modprobe and the kernel get it
 * from: modprobe.d and the kernel's command line.
 */
final class KernelTimeout {
    private static final Logger LOG = LoggerFactory.getLogger(KernelTimeout.class);

    /** What the kernel uses when nobody set it. */
    static final Duration DEFAULT = Duration.ofSeconds(3);

    /** However patient the kernel is, nobody should look at a frozen program for longer. */
    static final Duration LONGEST_DEADLINE = Duration.ofSeconds(30);

    private static final List<Path> MODPROBE_D = List.of(
            Path.of("/lib/modprobe.d"),
            Path.of("/usr/local/lib/modprobe.d"),
            Path.of("/run/modprobe.d"),
            Path.of("/etc/modprobe.d"));

    private static final Pattern OPTION =
            Pattern.compile("^\\s*options\\s+ecryptfs\\s.*\\becryptfs_message_wait_timeout=(\\d{1,9})\\b");
    private static final Pattern ON_COMMAND_LINE =
            Pattern.compile("\\becryptfs\\.ecryptfs_message_wait_timeout=(\\d{1,9})\\b");

    private KernelTimeout() {}

    /** The configured timeout, or the kernel's default. */
    static Duration configured() {
        return configured(MODPROBE_D, Path.of("/proc/cmdline"));
    }

    static Duration configured(List<Path> directories, Path commandLine) {
        Optional<Duration> found = find(ON_COMMAND_LINE, commandLine);
        for (Path directory : directories) {
            for (Path file : configurationFiles(directory)) {
                Optional<Duration> here = find(OPTION, file);
                found = here.isPresent() ? here : found;
            }
        }
        return found.orElse(DEFAULT);
    }

    /** The time a request may take, so that our answer comes before the kernel gives up. */
    static Duration deadlineBelow(Duration timeout) {
        long millis = timeout.toMillis();
        Duration below = Duration.ofMillis(Math.max(millis / 2, millis - Math.max(500, millis / 10)));
        return below.compareTo(LONGEST_DEADLINE) > 0 ? LONGEST_DEADLINE : below;
    }

    private static Optional<Duration> find(Pattern pattern, Path file) {
        Optional<Duration> found = Optional.empty();
        for (String line : lines(file)) {
            Matcher matcher = pattern.matcher(line);
            if (matcher.find()) {
                found = Optional.of(Duration.ofSeconds(Long.parseLong(matcher.group(1))));
            }
        }
        return found;
    }

    private static List<Path> configurationFiles(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".conf"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            LOG.warn("modprobe's configuration in {} cannot be read: {}", directory, e.toString());
            return List.of();
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            LOG.warn("{} cannot be read: {}", file, e.toString());
            return List.of();
        }
    }
}
