package org.ecryptfsj.keymodule.tspi;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;

/**
 * The file in which libtspi keeps this user's keys: {@code .trousers/user.data} in the home directory of the real user id, or
 * the one TSS_USER_PS_FILE names (docs/spec/tspi.md, section 2). libtspi reads and writes it; here it is only named, and
 * looked at when libtspi cannot say what is wrong.
 */
final class UserKeyStorage {
    static final String VARIABLE = "TSS_USER_PS_FILE";

    private final Optional<Path> configured;

    UserKeyStorage(Optional<Path> configured) {
        this.configured = configured;
    }

    /** The one libtspi uses in this process. */
    static UserKeyStorage ofThisProcess() {
        return new UserKeyStorage(Optional.ofNullable(System.getenv(VARIABLE)).map(Path::of));
    }

    /** The file's name, to be read by a person. */
    Path file() {
        return configured.orElseGet(() -> home().resolve(".trousers").resolve("user.data"));
    }

    /** What keeps libtspi from using the file; empty if nothing is seen to. */
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
            return Optional.of("there is no directory " + directory);
        }
        return Files.isWritable(directory) ? Optional.empty() : Optional.of("this user may not write to " + directory);
    }

    /** What is wrong with the file's contents; empty if nothing is, or it cannot be read. */
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
