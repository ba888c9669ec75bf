package org.ecryptfsj.tools.setup;

import java.util.Optional;
import java.util.SortedSet;
import java.util.regex.Pattern;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.ToolFailure;

/** The options of a setup.
 *
 * @param source path of the directory for the encrypted files
 * @param mountPoint path of the mount point; may be the same directory
 * @param pcrs PCRs the key is bound to; without any the key is bound to the TPM only
 * @param mode how files are encrypted
 * @param keyFile path of the key file that is made in mode KEY_FILE
 * @param recovery a passphrase that also opens the files, in the other modes; closed with this object
 * @param swap a swap device to encrypt
 * @param checksNextBoot whether the TPM 2.0 also opens the key file in the next boot, if a PCR has changed then
 */
record SetupOptions(
        String source,
        String mountPoint,
        SortedSet<Integer> pcrs,
        SetupMode mode,
        String keyFile,
        Optional<Secret> recovery,
        Optional<String> swap,
        boolean checksNextBoot)
        implements AutoCloseable {
    /** Paths that need no escape within double quotes in a shell. */
    private static final Pattern PATH = Pattern.compile("/[^\"$`\\\\\\p{Cntrl}]*");

    /** @throws NullPointerException if a component is null */
    SetupOptions {
        java.util.Objects.requireNonNull(source);
        java.util.Objects.requireNonNull(mountPoint);
        java.util.Objects.requireNonNull(pcrs);
        java.util.Objects.requireNonNull(mode);
        java.util.Objects.requireNonNull(keyFile);
        java.util.Objects.requireNonNull(recovery);
        java.util.Objects.requireNonNull(swap);
    }

    /** The path of a directory without trailing slashes.
     *
     * @throws ToolFailure wrong usage, if the boot configuration cannot contain the path
     */
    static String path(String text) throws ToolFailure {
        String path = text.length() > 1 ? text.replaceFirst("/+$", "") : text;
        if (!PATH.matcher(path).matches() || path.length() < 2) {
            throw new ToolFailure(
                    SetupTpm.USAGE,
                    "\"" + text + "\" cannot be a protected directory",
                    "give an absolute path without quotes, $, ` and \\");
        }
        return path;
    }

    /**
     * All mount options. Nobody is asked.
     *
     * @param uuid of the TPM key
     */
    String mountOptions(String uuid) {
        return mode == SetupMode.KEY_FILE
                ? "key=keyfile:keyfile=" + keyFile + ",noask"
                : "key=tspi:tspi_uuid=" + uuid + "," + furtherOptions();
    }

    /** The mount options of the boot configuration in addition to the TPM key. */
    String furtherOptions() {
        return (mode == SetupMode.ENVELOPE ? "tspi_mode=envelope," : "")
                + "ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,"
                + "no_sig_cache"
                + (recovery.isPresent() ? ",ecryptfs_recovery=" + SetupTpm.RECOVERY : "");
    }

    @Override
    public void close() {
        recovery.ifPresent(Secret::close);
    }
}
