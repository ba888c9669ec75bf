package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.tools.command.ToolFailure;

/** Finds the key file that an argument means: a path, or a name in the usual directory of key files. */
public final class KeyFilePath {
    /** Where manual pages explain it. */
    static final String RULE = "FILES";

    private static final String NAME = "[A-Za-z0-9_-]+";
    /** The directory of the machine's key files. */
    public static final String OF_ROOT = "/etc/ecryptfsj/keys";

    private static final String OF_USER = ".ecryptfs";
    /** The end of their names. */
    public static final String SUFFIX = ".key";

    private static final int ROOT = 0;

    private KeyFilePath() {}

    /**
     * The path of a key file. A name of letters, digits, {@code _} and {@code -} is {@code /etc/ecryptfsj/keys/NAME.key} for root
     * and {@code ~/.ecryptfs/NAME.key} for other users.
     *
     * @throws ToolFailure if it cannot be a path
     */
    static Path of(String argument, Account account) throws ToolFailure {
        if (argument.matches(NAME)) {
            return usualDirectory(account).resolve(argument + SUFFIX);
        }
        try {
            Path path = ByteText.path(argument);
            if (path.getFileName() != null) {
                return path;
            }
        } catch (InvalidPathException e) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "the file name is not valid in this locale: " + e.getMessage(),
                    "set LC_ALL=C.UTF-8, or the locale in which the file was named");
        }
        throw new ToolFailure(ToolFailure.EINVAL, "\"" + argument + "\" is no file", "name the key file");
    }

    /** Makes the usual directory, for its owner only, if a file is to be made there. */
    static void makeDirectory(Path file, Account account) throws IOException {
        Path directory = usualDirectory(account);
        if (directory.equals(file.getParent()) && !Files.exists(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    private static Path usualDirectory(Account account) {
        return account.uid() == ROOT ? Path.of(OF_ROOT) : account.home().resolve(OF_USER);
    }
}
