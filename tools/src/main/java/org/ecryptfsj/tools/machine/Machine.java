package org.ecryptfsj.tools.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The files of a machine, /proc and /sys among them. Paths are those of the machine; they are looked up below a root
 * directory, which is / but in tests.
 */
public final class Machine {
    private static final int PERMISSIONS = 07777;

    private final Path root;

    /** The machine whose files are there. */
    public Machine(Path root) {
        this.root = root;
    }

    /** This one. */
    public static Machine running() {
        return new Machine(Path.of("/"));
    }

    /**
     * Whom a file belongs to.
     *
     * @param uid the owner's number
     * @param gid the group's number
     * @param mode the permission bits, with set-user-id, set-group-id and sticky
     */
    public record Ownership(int uid, int gid, int mode) {
        /** The mode as chmod takes it. */
        public String octal() {
            return Integer.toOctalString(mode);
        }
    }

    /**
     * A process.
     *
     * @param pid its number
     * @param name of its program, as the kernel cuts it to 15 characters
     * @param commandLine with blanks between the arguments
     * @param state the kernel's letter for it: T is stopped
     * @param parent the number of the process that started it
     */
    public record ProcessInfo(int pid, String name, String commandLine, char state, int parent) {
        /** Whether a signal holds it still, so that it answers nobody. */
        public boolean isStopped() {
            return state == 'T' || state == 't';
        }
    }

    /** Where a path of the machine is found. */
    public Path resolve(String path) {
        return root.resolve(path.substring(1));
    }

    /** Whether there is something of that name. */
    public boolean exists(String path) {
        return Files.exists(resolve(path));
    }

    /** The file's text without blanks at its ends; empty if there is no such file. */
    public Optional<String> text(String path) throws IOException {
        try {
            return Optional.of(
                    Files.readString(resolve(path), StandardCharsets.ISO_8859_1).strip());
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    /** The file's lines; none if there is no such file. */
    public List<String> lines(String path) throws IOException {
        return text(path).map(text -> text.lines().toList()).orElse(List.of());
    }

    /** The paths of what a directory holds, sorted; nothing if there is no such directory. */
    public List<String> list(String directory) throws IOException {
        if (!Files.isDirectory(resolve(directory))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(resolve(directory))) {
            return files.map(file -> directory + "/" + file.getFileName())
                    .sorted()
                    .toList();
        }
    }

    /** Whom it belongs to; empty if there is nothing of that name. Symbolic links are followed. */
    public Optional<Ownership> ownership(String path) throws IOException {
        if (!exists(path)) {
            return Optional.empty();
        }
        Map<String, Object> attributes = Files.readAttributes(resolve(path), "unix:uid,gid,mode");
        return Optional.of(new Ownership(
                (Integer) attributes.get("uid"),
                (Integer) attributes.get("gid"),
                (Integer) attributes.get("mode") & PERMISSIONS));
    }

    /** The number of a user. */
    public OptionalInt uid(String user) throws IOException {
        return number("/etc/passwd", user);
    }

    /** The number of a group. */
    public OptionalInt gid(String group) throws IOException {
        return number("/etc/group", group);
    }

    private OptionalInt number(String file, String name) throws IOException {
        return lines(file).stream()
                .map(line -> line.split(":", -1))
                .filter(fields -> fields.length > 2 && fields[0].equals(name) && fields[2].matches("[0-9]{1,9}"))
                .mapToInt(fields -> Integer.parseInt(fields[2]))
                .findFirst();
    }

    /** Every process but kernel threads. */
    public List<ProcessInfo> processes() throws IOException {
        List<ProcessInfo> all = new ArrayList<>();
        for (String directory : list("/proc")) {
            String pid = directory.substring(directory.lastIndexOf('/') + 1);
            if (pid.matches("[0-9]{1,9}")) {
                process(Integer.parseInt(pid)).ifPresent(all::add);
            }
        }
        return all;
    }

    /** The process of that number; empty if there is none. */
    public Optional<ProcessInfo> process(int pid) {
        String directory = "/proc/" + pid;
        try {
            Optional<String> name = text(directory + "/comm");
            Optional<String> stat = text(directory + "/stat");
            Optional<String> arguments = text(directory + "/cmdline");
            if (name.isEmpty()
                    || stat.isEmpty()
                    || arguments.filter(a -> !a.isEmpty()).isEmpty()) {
                return Optional.empty();
            }
            // The name in stat, in parentheses, may hold anything; state and parent follow the last one.
            String[] afterName = stat.get()
                    .substring(stat.get().lastIndexOf(')') + 1)
                    .strip()
                    .split(" ", -1);
            if (afterName.length < 2 || !afterName[1].matches("[0-9]{1,9}")) {
                return Optional.empty();
            }
            return Optional.of(new ProcessInfo(
                    pid,
                    name.get(),
                    arguments.get().replace('\0', ' ').strip(),
                    afterName[0].charAt(0),
                    Integer.parseInt(afterName[1])));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether a process has that file open, be it removed meanwhile. */
    public boolean holds(ProcessInfo process, String path) {
        Path directory = resolve("/proc/" + process.pid() + "/fd");
        try (Stream<Path> descriptors = Files.list(directory)) {
            return descriptors.anyMatch(descriptor -> pointsTo(descriptor, path));
        } catch (IOException e) {
            return false;
        }
    }

    /** What systemd has handed on, out of a name space of mounts that is gone, has lost the names of its directories. */
    private boolean pointsTo(Path descriptor, String path) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.equals(path)
                    || target.equals(path + " (deleted)")
                    || (target.endsWith(path.substring(path.lastIndexOf('/')))
                            && Files.isSameFile(descriptor, resolve(path)));
        } catch (IOException e) {
            return false;
        }
    }
}
