package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.ecryptfsj.linux.ByteText;

/** A table of mounts in the format of fstab(5), such as /proc/self/mounts and /etc/fstab. */
public final class MountTable {
    private static final Pattern BLANKS = Pattern.compile("[ \t]+");

    private final List<Entry> entries;

    private MountTable(List<Entry> entries) {
        this.entries = entries;
    }

    /** One line, with octal escapes decoded. */
    public record Entry(String source, String target, String type, List<String> options) {
        /** The values of the options of that name. */
        public List<String> values(String option) {
            return options.stream()
                    .filter(o -> o.startsWith(option + "="))
                    .map(o -> o.substring(option.length() + 1))
                    .toList();
        }
    }

    /** The current mounts. */
    public static MountTable mounted() throws IOException {
        return read(Path.of("/proc/self/mounts"));
    }

    /** Reads a file. */
    public static MountTable read(Path file) throws IOException {
        return parse(Files.readAllLines(file, StandardCharsets.ISO_8859_1));
    }

    /** Parses lines; comments and lines with fewer than four fields are ignored. */
    public static MountTable parse(List<String> lines) {
        List<Entry> entries = new ArrayList<>();
        for (String line : lines) {
            String[] fields = BLANKS.split(line.trim(), -1);
            if (fields.length >= 4 && !fields[0].startsWith("#")) {
                entries.add(new Entry(
                        unescape(fields[0]), unescape(fields[1]), fields[2], List.of(fields[3].split(",", -1))));
            }
        }
        return new MountTable(List.copyOf(entries));
    }

    /** The eCryptfs mounts. */
    public List<Entry> ecryptfs() {
        return entries.stream().filter(e -> e.type().equals("ecryptfs")).toList();
    }

    /** The eCryptfs mount with this mount point; the last one if several are stacked. */
    public Optional<Entry> ecryptfsAt(String target) {
        return ecryptfs().stream().filter(e -> e.target().equals(target)).reduce((first, second) -> second);
    }

    private static String unescape(String field) {
        byte[] bytes = field.getBytes(StandardCharsets.ISO_8859_1);
        byte[] plain = new byte[bytes.length];
        int length = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\\'
                    && i + 3 < bytes.length
                    && field.substring(i + 1, i + 4).matches("[0-3][0-7]{2}")) {
                plain[length++] = (byte) Integer.parseInt(field.substring(i + 1, i + 4), 8);
                i += 3;
            } else {
                plain[length++] = bytes[i];
            }
        }
        return ByteText.decode(Arrays.copyOf(plain, length));
    }
}
