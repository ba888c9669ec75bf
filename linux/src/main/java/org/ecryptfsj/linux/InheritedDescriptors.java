package org.ecryptfsj.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import jnr.constants.platform.Errno;

/**
 * Descriptors that this process inherits from its parent, by name: LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES of
 * sd_listen_fds_with_names(3). Closing this closes those that were not taken.
 */
public final class InheritedDescriptors implements AutoCloseable {
    private static final int FIRST = 3;
    private static final int MOST = 1024;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;

    private final Map<String, Descriptor> byName;

    private InheritedDescriptors(Map<String, Descriptor> byName) {
        this.byName = byName;
    }

    /**
     * The descriptors that an environment names.
     *
     * @param environment of the process
     * @param pid the process; descriptors for another process are not touched
     * @throws LinuxException EBADF if one of them is not open, EINVAL if a variable is malformed
     */
    public static InheritedDescriptors of(Map<String, String> environment, long pid) throws LinuxException {
        Map<String, Descriptor> byName = new LinkedHashMap<>();
        if (!Long.toString(pid).equals(environment.get("LISTEN_PID"))) {
            return new InheritedDescriptors(byName);
        }
        int count = number(environment.getOrDefault("LISTEN_FDS", "0"));
        String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
        InheritedDescriptors inherited = new InheritedDescriptors(byName);
        try {
            for (int i = 0; i < count; i++) {
                inherited.add(i < names.length && !names[i].isEmpty() ? names[i] : "unknown", FIRST + i);
            }
        } catch (LinuxException e) {
            inherited.close();
            throw e;
        }
        return inherited;
    }

    private static int number(String text) throws LinuxException {
        if (!text.matches("\\d{1,4}") || Integer.parseInt(text) > MOST) {
            throw new LinuxException("use LISTEN_FDS=" + text, Errno.EINVAL);
        }
        return Integer.parseInt(text);
    }

    private void add(String name, int number) throws LinuxException {
        if (LibCDescriptors.INSTANCE.fcntl(number, F_SETFD, FD_CLOEXEC) < 0) {
            throw LinuxException.last("fcntl F_SETFD of descriptor " + number + ", inherited as " + name);
        }
        Descriptor descriptor = Descriptor.adopt(number, target(number));
        if (byName.putIfAbsent(name, descriptor) != null) {
            descriptor.close();
        }
    }

    /** The file the descriptor refers to, such as /dev/ecryptfs. */
    private static String target(int number) throws LinuxException {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(number)))
                    .toString();
        } catch (IOException e) {
            LinuxException failure = new LinuxException("readlink /proc/self/fd/" + number, Errno.EIO);
            failure.initCause(e);
            throw failure;
        }
    }

    /** The descriptor of that name, the first if there are several; the caller closes it from now on. */
    public Optional<Descriptor> take(String name) {
        return Optional.ofNullable(byName.remove(name));
    }

    /** Closes the descriptors that were not taken. */
    @Override
    public void close() {
        byName.values().forEach(Descriptor::close);
        byName.clear();
    }
}
