package org.ecryptfsj.keymodule.openssl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;

/** Refuses files with secrets that everybody may read or replace. The C module takes any file. */
final class OwnersEyesOnly {
    private OwnersEyesOnly() {}

    /**
     * Looks at the file's permissions.
     *
     * @param what the file is, such as {@code key file}
     * @throws KeyModuleException BAD_PARAMETER if everybody may read it or write to it
     */
    static void check(Path file, String what) throws IOException, KeyModuleException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        boolean written = permissions.contains(PosixFilePermission.OTHERS_WRITE);
        if (written || permissions.contains(PosixFilePermission.OTHERS_READ)) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    "everybody may " + (written ? "write to" : "read") + " the " + what + " " + file + " (mode "
                            + PosixFilePermissions.toString(permissions) + ")",
                    (written ? "Find out who did, then chmod 600 " : "chmod 600 ") + file + ".");
        }
    }
}
