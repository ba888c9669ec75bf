package org.ecryptfsj.keymodule.tspi;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;

/**
 * The file in which libtspi keeps this user's keys: {@code .trousers/user.data} in the home directory of the real user id, or
 * the one TSS_USER_PS_FILE names (docs/spec/tspi.md, section 2). libtspi reads and writes it; it is read here
 * to explain failures of libtspi.
 */
final class UserKeyStorage {
    static final String VARIABLE = "TSS_USER_PS_FILE";

    private final Optional<Path> configured;

    UserKeyStorage(Optional<Path> configured) {
        this.configured = configured;
    }

    /** The storage that libtspi uses in this process. */
    static UserKeyStorage ofThisProcess() {
        return new UserKeyStorage(Optional.ofNullable(System.getenv(VARIABLE)).map(Path::of));
    }

    /** The file, as named in messages. */
    Path file() {
        return configured.orElseGet(() -> home().resolve(".trousers").resolve("user.data"));
    }

    /** The reason why libtspi cannot use the file; empty if none is found. */
    Optional<String> obstacle() {
        Path file = file().toAbsolutePath();
        Path directory = file.getParent();
        if (Files.isDirectory(file)) {
            return Optional.of("it is a directory");
        }
        if (Files.exists(file)) {
            return Files.isReadable(file) && Files.isWritable(file)
                    ? Optional.empty()
                    : Optional.of("this user may not read and write it");
        }
        if (directory == null || !Files.isDirectory(directory)) {
            return Optional.of("the directory " + directory + " does not exist");
        }
        return Files.isWritable(directory) ? Optional.empty() : Optional.of("this user may not write to " + directory);
    }

    /** The damage of the file; empty if it is valid, or cannot be read. */
    Optional<String> damage() {
        return KeyStorageFile.read(file()).flatMap(KeyStorageFile::damage);
    }

    /** The home directory of the real user id. */
    static Path home() {
        try {
            return Account.current().home();
        } catch (LinuxException e) {
            return Path.of("~");
        }
    }

    @Override
    public String toString() {
        return file().toString();
    }
}
