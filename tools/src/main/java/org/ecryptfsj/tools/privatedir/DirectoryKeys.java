package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.keyfile.MountSettings;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keyfile.KeyFileFailures;
import org.ecryptfsj.tools.keyfile.KeyFilePath;

/**
 * The keys and ciphers of a private directory: those of the key file {@code ~/.ecryptfs/ALIAS.key} if there is one, otherwise the
 * signatures in {@code ~/.ecryptfs/ALIAS.sig}. If the key file cannot be used, the signatures are used if they are there.
 */
final class DirectoryKeys {
    private DirectoryKeys() {}

    /**
     * Reads them with the permissions of the user. Nothing is unlocked.
     *
     * @param configuration the user's directory {@code ~/.ecryptfs}
     * @throws ToolFailure if neither file can be used
     */
    static MountSettings read(Path configuration, DirectoryAlias alias, Account user) throws IOException, ToolFailure {
        Path signatures = configuration.resolve(alias.name() + ".sig");
        Path keyFile = configuration.resolve(alias.name() + KeyFilePath.SUFFIX);
        if (exists(keyFile)) {
            try {
                return keyFile(keyFile, user);
            } catch (ToolFailure e) {
                if (!exists(signatures)) {
                    throw e;
                }
                System.err.println("warning: " + e.getMessage() + "; " + signatures + " is used");
            }
        }
        return DirectorySignatures.parse(PrivateDirectory.read(signatures, user), signatures)
                .mount();
    }

    private static MountSettings keyFile(Path file, Account user) throws ToolFailure {
        try {
            return KeyFileStore.readOwned(file, user.uid()).mount();
        } catch (KeyFileException e) {
            throw new ToolFailure(1, file + ": " + e.getMessage(), e.advice());
        } catch (IOException e) {
            ToolFailure failure = KeyFileFailures.of(file, e);
            throw new ToolFailure(1, failure.getMessage(), failure.advice());
        }
    }

    private static boolean exists(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }
}
