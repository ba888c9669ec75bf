package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * What ecryptfs-decrypt has completed in an output directory, so that another run goes on where one ended: a file of lines,
 * each written when its file is in place. A line that was cut off, and one of another form, counts as none.
 *
 * <pre>lower size TAB lower modification time in ns TAB size written TAB output path in hex TAB lower path in hex</pre>
 *
 * <p>Paths are relative to the two directories. While a run has it open, it is locked.
 */
final class DecryptionRecord implements AutoCloseable {
    /** Its name in the output directory. */
    static final String NAME = ".ecryptfs-decrypt.record";

    private static final int FIELDS = 5;

    /** What surely is a long. */
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,18}|[0-8][0-9]{18}");

    private static final int MAX_BYTES = 1 << 28;

    private final Map<String, Done> byOutput = new HashMap<>();
    private final FileChannel channel;

    /**
     * One completed file, or directory with sizes of zero.
     *
     * @param lowerPath what it was made of, in hex
     * @param lowerSize the lower file's size then
     * @param lowerNanos the lower file's modification time then, which the output has too
     * @param size the output's size
     */
    record Done(String lowerPath, long lowerSize, long lowerNanos, long size) {
        boolean isOf(LowerEntry lower, String path) {
            return lowerPath.equals(path) && lowerSize == lower.size() && lowerNanos == lower.modifiedNanos();
        }

        boolean isStill(LowerEntry output) {
            return output.isFile() && output.size() == size && output.modifiedNanos() == lowerNanos;
        }
    }

    private DecryptionRecord(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Opens the record of an output directory, or begins one.
     *
     * @throws ToolFailure if another run has it open
     */
    static DecryptionRecord open(Path directory) throws ToolFailure, IOException {
        Path file = directory.resolve(NAME);
        FileChannel channel = FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        boolean opened = false;
        try {
            if (lock(channel).isEmpty()) {
                throw new ToolFailure(
                        1,
                        "another ecryptfs-decrypt is writing to " + directory,
                        "wait for it, or name another directory");
            }
            DecryptionRecord record = new DecryptionRecord(channel);
            record.load();
            opened = true;
            return record;
        } finally {
            if (!opened) {
                channel.close();
            }
        }
    }

    private static Optional<FileLock> lock(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            return Optional.empty();
        }
    }

    /** What was completed at that output path, in hex. */
    Optional<Done> at(String outputPath) {
        return Optional.ofNullable(byOutput.get(outputPath));
    }

    /** Notes that it is completed. */
    void add(String outputPath, Done done) throws IOException {
        byOutput.put(outputPath, done);
        String line = done.lowerSize() + "\t" + done.lowerNanos() + "\t" + done.size() + "\t" + outputPath + "\t"
                + done.lowerPath() + "\n";
        ByteBuffer bytes = StandardCharsets.US_ASCII.encode(line);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void load() throws IOException {
        if (channel.size() > MAX_BYTES) {
            throw new IOException("the record " + NAME + " has " + channel.size() + " bytes, more than one ever has");
        }
        byte[] bytes = new byte[(int) channel.size()];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int count = 0;
        while (buffer.hasRemaining() && count >= 0) {
            count = channel.read(buffer);
        }
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.lastIndexOf('\n') + 1;
        text.substring(0, end).lines().forEach(this::take);
        channel.truncate(end);
        channel.position(end);
    }

    private void take(String line) {
        String[] fields = line.split("\t", -1);
        if (fields.length != FIELDS || !isHex(fields[3]) || !isHex(fields[4])) {
            return;
        }
        for (int i = 0; i < 3; i++) {
            if (!NUMBER.matcher(fields[i]).matches()) {
                return;
            }
        }
        byOutput.put(
                fields[3],
                new Done(fields[4], Long.parseLong(fields[0]), Long.parseLong(fields[1]), Long.parseLong(fields[2])));
    }

    private static boolean isHex(String text) {
        return text.length() % 2 == 0 && text.chars().allMatch(HexFormat::isHexDigit);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
