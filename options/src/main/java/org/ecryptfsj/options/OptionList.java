package org.ecryptfsj.options;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tree.Trust;

/**
 * Options as in {@code mount -o}, in {@code ~/.ecryptfsrc} and in passphrase files (docs/spec/auth-tok.md, section 7):
 * {@code name=value} or {@code name}, separated by commas or newlines; {@code key=module:name=value:...} is one option
 * with parts. A value may be a passphrase, so all values are kept in locked memory; closing the list closes them.
 *
 * <p>A value begins after the first {@code =}, so that it may contain further ones. A value cannot contain a comma or a
 * newline, and the value of a part no colon.
 */
public final class OptionList implements AutoCloseable {
    /** The largest text that is read, in bytes. */
    public static final int MAX_BYTES = 40960;

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private final List<Option> options;
    private final List<Integer> lines;

    private OptionList(List<Option> options, List<Integer> lines) {
        this.options = options;
        this.lines = lines;
    }

    /**
     * One option.
     *
     * @param name the text before the first {@code =}
     * @param value the text after it, or empty if there is no {@code =}; owned by the list
     * @param parts for {@code key}, the options after the module's name
     */
    public record Option(String name, Optional<Secret> value, List<Option> parts) {
        /** @throws NullPointerException if a component is null */
        public Option {
            Objects.requireNonNull(name);
            Objects.requireNonNull(value);
            parts = List.copyOf(parts);
        }

        /** The value as text, empty if there is none. Only for options that are not secret. */
        public String text() {
            return value.map(v -> text(v.buffer())).orElse("");
        }

        private static String text(ByteBuffer value) {
            byte[] bytes = new byte[value.remaining()];
            value.get(bytes);
            return ByteText.decode(bytes, StandardCharsets.UTF_8);
        }

        /** The option without its parts as it was written. Only for options that are not secret. */
        public String written() {
            return value.isPresent() ? name + "=" + text() : name;
        }

        /** The name only. */
        @Override
        public String toString() {
            return name;
        }

        private void close() {
            value.ifPresent(Secret::close);
            parts.forEach(Option::close);
        }
    }

    /**
     * Reads options from the buffer's remaining bytes; its position does not move. A byte order mark of UTF-8 at the beginning
     * is skipped.
     *
     * @throws KeyModuleException BAD_PARAMETER if an option has no name
     */
    public static OptionList parse(ByteBuffer text) throws KeyModuleException {
        List<Option> options = new ArrayList<>();
        List<Integer> lines = new ArrayList<>();
        int counted = text.position();
        int line = 1;
        try {
            for (ByteBuffer item : split(withoutMark(text), ',', '\n')) {
                for (; counted < item.position(); counted++) {
                    line += text.get(counted) == '\n' ? 1 : 0;
                }
                lines.add(line);
                options.add(option(item));
            }
        } catch (KeyModuleException e) {
            options.forEach(Option::close);
            throw e;
        }
        return new OptionList(List.copyOf(options), List.copyOf(lines));
    }

    private static ByteBuffer withoutMark(ByteBuffer text) {
        ByteBuffer mark = ByteBuffer.wrap(BYTE_ORDER_MARK);
        boolean marked = text.remaining() >= mark.remaining()
                && text.slice(text.position(), mark.remaining()).equals(mark);
        return text.duplicate().position(text.position() + (marked ? mark.remaining() : 0));
    }

    /**
     * Reads options from text, such as an argument of the command line.
     *
     * @throws KeyModuleException BAD_PARAMETER if an option has no name
     */
    public static OptionList of(String text) throws KeyModuleException {
        byte[] bytes = ByteText.encode(text, StandardCharsets.UTF_8);
        try {
            return parse(ByteBuffer.wrap(bytes));
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /**
     * Reads options from a file that others may read, but cannot have written.
     *
     * @throws org.ecryptfsj.tree.UntrustedFileException if others could have written it, or it is not a regular file
     * @throws IOException if it cannot be read or has more than {@link #MAX_BYTES}
     * @throws KeyModuleException BAD_PARAMETER if an option has no name
     */
    public static OptionList read(Path file) throws IOException, KeyModuleException {
        try (Descriptor opened = Trust.open(file)) {
            return read(opened);
        }
    }

    /**
     * Reads options from an open file until its end.
     *
     * @throws IOException if it cannot be read or has more than {@link #MAX_BYTES}
     * @throws KeyModuleException BAD_PARAMETER if an option has no name
     */
    public static OptionList read(Descriptor descriptor) throws IOException, KeyModuleException {
        try (Secret text = Secret.allocate(MAX_BYTES + 1)) {
            ByteBuffer buffer = text.buffer();
            descriptor.fill(buffer);
            if (!buffer.hasRemaining()) {
                throw new IOException(
                        descriptor.name() + " has more than " + MAX_BYTES + " bytes: too large for a list of options");
            }
            return parse(buffer.flip());
        }
    }

    /** The options in the order written. */
    public List<Option> options() {
        return options;
    }

    /** The line, counted from 1, of the option at an index of {@link #options()}. */
    public int line(int index) {
        return lines.get(index);
    }

    /**
     * Refuses a file with a value that contains bytes that an editor adds but does not show: the C tools use them as a part of
     * the value.
     *
     * @param where the file's name
     * @throws KeyModuleException BAD_PARAMETER naming the first such line
     */
    public void requireVisibleValues(String where) throws KeyModuleException {
        for (int i = 0; i < options.size(); i++) {
            for (Optional<Secret> value : values(options.get(i))) {
                if (value.isPresent()) {
                    InvisibleBytes.refuse(
                            value.get(), "the value of " + options.get(i).name(), lines.get(i), where, "");
                }
            }
        }
    }

    private static List<Optional<Secret>> values(Option option) {
        List<Optional<Secret>> values = new ArrayList<>(List.of(option.value()));
        option.parts().forEach(part -> values.add(part.value()));
        return values;
    }

    /** The value of the first option of one of these names, the names tried in order; owned by the list. */
    public Optional<Secret> secret(String... names) {
        return Arrays.stream(names)
                .flatMap(name -> options.stream().filter(option -> option.name().equals(name)))
                .flatMap(option -> option.value().stream())
                .findFirst();
    }

    @Override
    public void close() {
        options.forEach(Option::close);
    }

    /** The names only. */
    @Override
    public String toString() {
        return "OptionList" + options;
    }

    private static Option option(ByteBuffer item) throws KeyModuleException {
        if (!name(item).equals("key")) {
            return new Option(name(item), value(item), List.of());
        }
        List<ByteBuffer> pieces = split(item, ':', ':');
        List<Option> parts = new ArrayList<>();
        try {
            for (ByteBuffer piece : pieces.subList(1, pieces.size())) {
                parts.add(new Option(name(piece), value(piece), List.of()));
            }
        } catch (KeyModuleException e) {
            parts.forEach(Option::close);
            throw e;
        }
        return new Option("key", value(pieces.get(0)), parts);
    }

    private static String name(ByteBuffer item) throws KeyModuleException {
        int end = indexOf(item, item.position(), '=', '=');
        if (end == item.position() || item.get(item.position()) == ':') {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    "an option begins with \"" + (char) item.get(item.position()) + "\" instead of a name",
                    "Write options as name=value, separated by commas.");
        }
        return StandardCharsets.UTF_8.decode(item.duplicate().limit(end)).toString();
    }

    private static Optional<Secret> value(ByteBuffer item) {
        int equals = indexOf(item, item.position(), '=', '=');
        return equals == item.limit()
                ? Optional.empty()
                : Optional.of(Secret.copyOf(item.duplicate().position(equals + 1)));
    }

    /** The parts between the separators, without empty ones. */
    private static List<ByteBuffer> split(ByteBuffer text, char separator, char orThis) {
        List<ByteBuffer> pieces = new ArrayList<>();
        int from = text.position();
        while (from < text.limit()) {
            int end = indexOf(text, from, separator, orThis);
            if (end > from) {
                pieces.add(text.duplicate().limit(end).position(from));
            }
            from = end + 1;
        }
        return pieces;
    }

    private static int indexOf(ByteBuffer text, int from, char wanted, char orThis) {
        int at = from;
        while (at < text.limit() && text.get(at) != wanted && text.get(at) != orThis) {
            at++;
        }
        return at;
    }
}
