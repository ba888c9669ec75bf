package org.ecryptfsj.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory this process may lock: RLIMIT_MEMLOCK (getrlimit(2)), which does not bind a process with CAP_IPC_LOCK. */
public final class MemoryLockLimit {
    private static final String LINE = "Max locked memory";

    private MemoryLockLimit() {}

    /**
     * The limit in bytes; empty if there is none.
     *
     * @throws IOException if /proc is not mounted
     */
    public static OptionalLong ofThisProcess() throws IOException {
        if (Capabilities.ofThisProcess().has(Capabilities.IPC_LOCK)) {
            return OptionalLong.empty();
        }
        return parse(Files.readString(Path.of("/proc/self/limits"), StandardCharsets.ISO_8859_1));
    }

    /** The soft limit, as {@code /proc/PID/limits} shows it (proc(5)). */
    static OptionalLong parse(String limits) throws IOException {
        String line = limits.lines()
                .filter(text -> text.startsWith(LINE))
                .findFirst()
                .orElseThrow(() -> new IOException("/proc/self/limits has no line " + LINE));
        String soft = line.substring(LINE.length()).trim().split("\\s+", 2)[0];
        return soft.equals("unlimited") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(soft));
    }
}
