package org.ecryptfsj.tools.setup;

import java.util.Optional;
import java.util.SortedSet;
import java.util.regex.Pattern;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * What is to be set up.
 *
 * @param source where the encrypted files will be
 * @param mountPoint where they are to be read; may be the same
 * @param pcrs what the key is bound to; none binds it to the chip only
 * @param envelope whether the TPM seals one key for all files, instead of each file's key
 * @param recovery a passphrase that opens the files too; owned by this
 * @param swap a device whose swap is to be encrypted
 */
record SetupOptions(
        String source,
        String mountPoint,
        SortedSet<Integer> pcrs,
        boolean envelope,
        Optional<Secret> recovery,
        Optional<String> swap)
        implements AutoCloseable {
    /** What stands in a shell's quotes as it is. */
    private static final Pattern PATH = Pattern.compile("/[^\"$`\\\\\\p{Cntrl}]*");

    /** @throws NullPointerException if a component is null */
    SetupOptions {
        java.util.Objects.requireNonNull(source);
        java.util.Objects.requireNonNull(mountPoint);
        java.util.Objects.requireNonNull(pcrs);
        java.util.Objects.requireNonNull(recovery);
        java.util.Objects.requireNonNull(swap);
    }

    /**
     * A directory's name without a slash at its end.
     *
     * @throws ToolFailure usage, if it could not stand in the boot configuration
     */
    static String path(String text) throws ToolFailure {
        String path = text.length() > 1 ? text.replaceFirst("/+$", "") : text;
        if (!PATH.matcher(path).matches() || path.length() < 2) {
            throw new ToolFailure(
                    SetupTpm.USAGE,
                    "\"" + text + "\" cannot be a protected directory",
                    "name it from / on, without quotes, $, ` and \\");
        }
        return path;
    }

    /** The mount's options but for its key, as the boot configuration has them. */
    String options() {
        return (envelope ? "tspi_mode=envelope," : "")
                + "ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,"
                + "no_sig_cache"
                + (recovery.isPresent() ? ",ecryptfs_recovery=" + SetupTpm.RECOVERY : "");
    }

    @Override
    public void close() {
        recovery.ifPresent(Secret::close);
    }
}
