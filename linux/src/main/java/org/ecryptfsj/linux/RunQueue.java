package org.ecryptfsj.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The threads that run or wait for a processor: the fourth field of /proc/loadavg, proc(5). */
public final class RunQueue {
    private static final Path LOADAVG = Path.of("/proc/loadavg");
    private static final Pattern RUNNABLE = Pattern.compile("^\\S+ \\S+ \\S+ (\\d{1,9})/");

    private RunQueue() {}

    /**
     * How many threads of the whole machine run or wait for a processor at this moment, the calling one among them.
     *
     * @throws IOException if /proc is not mounted, or the file has another form
     */
    public static int runnable() throws IOException {
        return parse(Files.readString(LOADAVG, StandardCharsets.US_ASCII));
    }

    static int parse(String loadavg) throws IOException {
        Matcher matcher = RUNNABLE.matcher(loadavg);
        if (!matcher.find()) {
            throw new IOException(LOADAVG + " has no number of runnable threads: " + loadavg.strip());
        }
        return Integer.parseInt(matcher.group(1));
    }
}
