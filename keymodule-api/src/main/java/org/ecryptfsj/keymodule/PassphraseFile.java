package org.ecryptfsj.keymodule;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.Trust;
import org.ecryptfsj.linux.UntrustedFileException;

/**
 * A file of options that holds a passphrase, such as {@code passphrase_passwd=...} on a line of its own (spec auth-tok.md,
 * section 7).
 *
 * @param parameter the parameter that would hold the passphrase itself; the file is named by {@code parameter_file}, a
 *     descriptor by {@code parameter_fd}
 * @param names under which the passphrase may stand in the file
 */
public record PassphraseFile(String parameter, List<String> names) {
    private static final Pattern HELD = Pattern.compile("/(?:dev|proc/self)/fd/([0-9]{1,9})");

    /** @throws NullPointerException if a component is null */
    public PassphraseFile {
        Objects.requireNonNull(parameter);
        names = List.copyOf(names);
    }

    /**
     * The passphrase in a file. A name such as {@code /dev/fd/3}, as a shell makes it of {@code <(command)}, is that descriptor.
     *
     * @return closed by the caller
     * @throws KeyModuleException KEY_NOT_FOUND if there is no such file; BAD_PARAMETER if it cannot be read, others may read it
     *     or could have written it ({@link Trust}), or it has no passphrase
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
                    e.advice() + "; or give it as " + parameter + "_fd.",
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
     * The passphrase in a file that this process has open; it is read to its end and, being whoever's who opened it, not
     * closed.
     *
     * @param number decimal, hexadecimal (0x) or octal (0)
     * @return closed by the caller
     * @throws KeyModuleException BAD_PARAMETER if it cannot be read or has no passphrase
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

    private Secret passphrase(OptionList options, String where) throws KeyModuleException {
        return options.secret(names.toArray(new String[0]))
                .map(Secret::copy)
                .orElseThrow(() -> bad(
                        "there is no passphrase in " + where,
                        "Write " + parameter + "=... on a line of its own.",
                        null));
    }

    private static KeyModuleException bad(String message, String advice, Exception cause) {
        return new KeyModuleException(Reason.BAD_PARAMETER, message, advice, 0, cause);
    }
}
