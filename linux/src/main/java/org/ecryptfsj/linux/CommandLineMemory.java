package org.ecryptfsj.linux;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Predicate;

/**
 * The arguments this process was started with, as the kernel keeps them and shows them to every user in
 * {@code /proc/PID/cmdline}: each ended by a zero byte, in memory that begins at the 48th number of {@code /proc/PID/stat}
 * (proc(5)). Here they are the original bytes, independent of the locale.
 */
public final class CommandLineMemory {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
    private static final Path STAT = Path.of("/proc/self/stat");
    private static final String MEMORY = "/proc/self/mem";

    /** Numbers of stat are counted from 1; the third is the first after the name's closing parenthesis. */
    private static final int START_INDEX = 48 - 3;

    private static final byte BLANK = 'x';

    private final byte[] bytes;

    private CommandLineMemory(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads what the kernel shows now.
     *
     * @throws IOException if /proc is not mounted
     */
    public static CommandLineMemory read() throws IOException {
        return new CommandLineMemory(Files.readAllBytes(COMMAND_LINE));
    }

    /**
     * An argument's bytes.
     *
     * @param fromEnd 0 for the last argument
     * @return a copy, wiped by the caller if it is secret; empty if there are not so many arguments
     */
    public byte[] argument(int fromEnd) {
        int end = endOf(fromEnd);
        return end < 0 ? new byte[0] : Arrays.copyOfRange(bytes, startOf(end), end);
    }

    /**
     * Overwrites the last arguments, in the memory that the kernel shows and in this copy.
     *
     * @throws IOException if the kernel does not let this process write to its memory
     */
    public void blankLast(int count) throws IOException {
        for (int fromEnd = 0; fromEnd < count; fromEnd++) {
            int end = endOf(fromEnd);
            if (end >= 0) {
                blank(startOf(end), end);
            }
        }
    }

    /**
     * Overwrites the values of secret options, in the memory that the kernel shows and in this copy: from {@code NAME=} to the
     * end of the argument, since a secret may contain separators. An option begins where an argument does, or after a comma, a
     * colon, an equals sign or a newline, as in {@code --key MODULE:NAME=VALUE} and {@code -o key=MODULE:NAME=VALUE,...}.
     *
     * @param isSecret whether the option of that name has a secret value
     * @return whether there was such a value
     * @throws IOException if the kernel does not let this process write to its memory
     */
    public boolean blankValues(Predicate<String> isSecret) throws IOException {
        boolean found = false;
        int nameAt = 0;
        for (int at = 0; at < bytes.length; at++) {
            byte letter = bytes[at];
            if (letter == '=' && isSecret.test(new String(bytes, nameAt, at - nameAt, StandardCharsets.ISO_8859_1))) {
                int end = at + 1;
                while (end < bytes.length && bytes[end] != 0) {
                    end++;
                }
                blank(at + 1, end);
                found = true;
                at = end - 1;
            } else if (letter == 0 || letter == ',' || letter == ':' || letter == '=' || letter == '\n') {
                nameAt = at + 1;
            }
        }
        return found;
    }

    private void blank(int from, int end) throws IOException {
        Arrays.fill(bytes, from, end, BLANK);
        try (RandomAccessFile memory = new RandomAccessFile(MEMORY, "rw")) {
            memory.seek(start() + from);
            memory.write(bytes, from, end - from);
        }
    }

    /** The index of the zero byte that ends an argument, or -1. */
    private int endOf(int fromEnd) {
        int end = bytes.length - 1;
        for (int i = 0; i < fromEnd && end >= 0; i++) {
            end = startOf(end) - 1;
        }
        return end;
    }

    private int startOf(int end) {
        int start = end;
        while (start > 0 && bytes[start - 1] != 0) {
            start--;
        }
        return start;
    }

    private static long start() throws IOException {
        String stat = Files.readString(STAT, StandardCharsets.ISO_8859_1);
        String[] numbers = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(numbers[START_INDEX]);
    }
}
