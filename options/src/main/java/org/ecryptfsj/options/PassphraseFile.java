package org.ecryptfsj.options;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tree.Trust;
import org.ecryptfsj.tree.UntrustedFileException;

/**
 * A file of options that holds a passphrase, such as {@code passphrase_passwd=...} on a line of its own (docs/spec/auth-tok.md,
 * section 7). A value that ends with a blank or contains a control character, such as the CR of a Windows line end, is
 * refused, unless the file also has the option {@value #LITERAL}: then it is used byte for byte.
 *
 * @param parameter the parameter for the passphrase itself; the file is named by {@code parameter_file}, a descriptor by
 *     {@code parameter_fd}
 * @param names of the option with the passphrase in the file
 */
public record PassphraseFile(String parameter, List<String> names) {
    private static final Pattern HELD = Pattern.compile("/(?:dev|proc/self)/fd/([0-9]{1,9})");

    /** The option that makes the passphrase be used byte for byte. */
    public static final String LITERAL = "literal";

    /** @throws NullPointerException if a component is null */
    public PassphraseFile {
        Objects.requireNonNull(parameter);
        names = List.copyOf(names);
    }

    /**
     * The passphrase in a file. A name such as {@code /dev/fd/3}, which a shell uses for {@code <(command)}, is that descriptor.
     *
     * @return closed by the caller
     * @throws KeyModuleException KEY_NOT_FOUND if there is no such file; BAD_PARAMETER if it cannot be read, others may read it
     *     or could have written it ({@link Trust}), or it contains no passphrase
     */
    public Secret read(String name) throws KeyModuleException {
        Matcher held = HELD.matcher(name);
        if (held.matches()) {
            return readDescriptor(held.group(1));
        }
        try (Descriptor file = Trust.openSecret(ByteText.path(name));
                OptionList options = OptionList.read(file)) {
            return passphrase(options, name);
        } catch (UntrustedFileException e) {
            throw bad(
                    "the passphrase file " + name + " is not used: " + e.reason(),
                    e.advice() + "; or pass it as " + parameter + "_fd.",
                    e);
        } catch (NoSuchFileException e) {
            throw new KeyModuleException(
                    Reason.KEY_NOT_FOUND,
                    "the passphrase file " + name + " does not exist",
                    "Check " + parameter + "_file.",
                    0,
                    e);
        } catch (IOException | InvalidPathException e) {
            throw bad(
                    "the passphrase file " + name + " cannot be read: " + e.getMessage(), "Check its permissions.", e);
        }
    }

    /**
     * The passphrase in a file that this process has open. It is read to its end, and not closed.
     *
     * @param number decimal, hexadecimal (0x) or octal (0)
     * @return closed by the caller
     * @throws KeyModuleException BAD_PARAMETER if it cannot be read, contains no passphrase, or one with invisible bytes
     */
    public Secret readDescriptor(String number) throws KeyModuleException {
        Descriptor descriptor = Descriptor.adopt(descriptorNumber(number), parameter + "_fd");
        try (OptionList options = OptionList.read(descriptor)) {
            return passphrase(options, "file descriptor " + number);
        } catch (IOException e) {
            throw bad(
                    "the passphrase cannot be read from file descriptor " + number + ": " + e.getMessage(),
                    "Open the descriptor for reading in the process that starts the mount.",
                    e);
        }
    }

    /**
     * The passphrase in the text of such a file.
     *
     * @param text its bytes; the position does not move
     * @param where the file's name, for messages
     * @return closed by the caller
     * @throws KeyModuleException BAD_PARAMETER if it contains no passphrase, or one with invisible bytes
     */
    public Secret passphraseIn(ByteBuffer text, String where) throws KeyModuleException {
        try (OptionList options = OptionList.parse(text)) {
            return passphrase(options, where);
        }
    }

    /**
     * The passphrase, refused if it could be a mistake: with bytes that an editor adds invisibly, or without the text after a
     * comma, the C tools would derive another key without a warning.
     */
    private Secret passphrase(OptionList options, String where) throws KeyModuleException {
        int index = only(options, where);
        int line = options.line(index);
        if (index + 1 < options.options().size() && options.line(index + 1) == line) {
            throw bad(
                    "the passphrase in line " + line + " of " + where
                            + " is followed by a comma and more text; a comma"
                            + " ends an option, so the C tools use the text before it",
                    "If that is the passphrase, remove the rest of the line. A passphrase with a comma cannot be stored in a"
                            + " file of options: type it at the prompt.",
                    null);
        }
        Secret value = options.options().get(index).value().orElseThrow();
        if (options.options().stream()
                .noneMatch(option ->
                        option.name().equals(LITERAL) && option.value().isEmpty())) {
            InvisibleBytes.refuse(
                    value,
                    "the passphrase",
                    line,
                    where,
                    " If it is part of the passphrase, add a line with the word " + LITERAL + ".");
        }
        return value.copy();
    }

    private int only(OptionList options, String where) throws KeyModuleException {
        int found = -1;
        for (int i = 0; i < options.options().size(); i++) {
            OptionList.Option option = options.options().get(i);
            if (!names.contains(option.name()) || option.value().isEmpty()) {
                continue;
            }
            if (found >= 0) {
                throw bad(
                        where + " contains two passphrases, in lines " + options.line(found) + " and "
                                + options.line(i),
                        "Remove the wrong one.",
                        null);
            }
            found = i;
        }
        if (found < 0) {
            throw bad(where + " contains no passphrase", "Write " + parameter + "=... on a line of its own.", null);
        }
        return found;
    }

    private int descriptorNumber(String text) throws KeyModuleException {
        try {
            int number = Integer.decode(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw bad(parameter + "_fd=" + text + " is not a number", "Give a file descriptor, such as 3.", e);
        }
        throw bad(parameter + "_fd=" + text + " is negative", "Give a file descriptor, such as 3.", null);
    }

    private static KeyModuleException bad(String message, String advice, Exception cause) {
        return new KeyModuleException(Reason.BAD_PARAMETER, message, advice, 0, cause);
    }
}
