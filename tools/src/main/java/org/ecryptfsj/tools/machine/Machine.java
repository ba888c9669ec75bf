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
 * Read access to the files of a machine, including /proc and /sys. Paths are absolute on the machine and are resolved
 * below a root directory, which is / except in tests.
 */
public final class Machine {
    private static final int PERMISSIONS = 07777;

    private final Path root;

    /** The machine whose files are below this directory. */
    public Machine(Path root) {
        this.root = root;
    }

    /** The machine this process runs on. */
    public static Machine running() {
        return new Machine(Path.of("/"));
    }

    /** Owner, group and mode of a file.
     *
     * @param uid user id of the owner
     * @param gid group id
     * @param mode the permission bits, including set-user-id, set-group-id and sticky
     */
    public record Ownership(int uid, int gid, int mode) {
        /** The mode in octal, as an argument of chmod. */
        public String octal() {
            return Integer.toOctalString(mode);
        }
    }

    /**
     * A process.
     *
     * @param pid process id
     * @param name of its program; the kernel truncates it to 15 characters
     * @param commandLine the arguments, separated by blanks
     * @param state the state letter of proc(5): T is stopped
     * @param parent process id of the parent
     */
    public record ProcessInfo(int pid, String name, String commandLine, char state, int parent) {
        /** Whether a signal or a debugger has stopped the process. */
        public boolean isStopped() {
            return state == 'T' || state == 't';
        }
    }

    /** Resolves a path of the machine below the root directory. */
    public Path resolve(String path) {
        return root.resolve(path.substring(1));
    }

    /** Whether the path exists. */
    public boolean exists(String path) {
        return Files.exists(resolve(path));
    }

    /** The text of a file without leading and trailing blanks; empty if the file does not exist. */
    public Optional<String> text(String path) throws IOException {
        try {
            return Optional.of(
                    Files.readString(resolve(path), StandardCharsets.ISO_8859_1).strip());
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    /** The lines of a file; none if the file does not exist. */
    public List<String> lines(String path) throws IOException {
        return text(path).map(text -> text.lines().toList()).orElse(List.of());
    }

    /** The paths of a directory's entries, sorted; none if the directory does not exist. */
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

    /** Owner, group and mode of a file; empty if it does not exist. Symbolic links are followed. */
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

    /** The id of a user. */
    public OptionalInt uid(String user) throws IOException {
        return number("/etc/passwd", user);
    }

    /** The id of a group. */
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

    /** All processes except kernel threads. */
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

    /** The process with this id; empty if there is none. */
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
            // The name in parentheses can contain any character. State and parent follow the last parenthesis.
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

    /** Whether a process has this file open, even if the file is deleted. */
    public boolean holds(ProcessInfo process, String path) {
        Path directory = resolve("/proc/" + process.pid() + "/fd");
        try (Stream<Path> descriptors = Files.list(directory)) {
            return descriptors.anyMatch(descriptor -> pointsTo(descriptor, path));
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether a process has its working directory or an open file in a directory; false if this may not be read. */
    public boolean uses(ProcessInfo process, String directory) {
        String own = "/proc/" + process.pid();
        List<Path> links =
                new ArrayList<>(List.of(resolve(own + "/cwd"), resolve(own + "/root"), resolve(own + "/exe")));
        try (Stream<Path> descriptors = Files.list(resolve(own + "/fd"))) {
            descriptors.forEach(links::add);
        } catch (IOException e) {
            return false;
        }
        return links.stream().anyMatch(link -> isIn(link, directory));
    }

    private static boolean isIn(Path link, String directory) {
        try {
            return Files.readSymbolicLink(link).startsWith(directory);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * A descriptor that systemd passed on from a mount name space that no longer exists shows the last component only.
     */
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
