package org.ecryptfsj.tools.mount;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The names of the mount options of the helper and the kernel, and a check for misspelt names (docs/spec/mount.md,
 * sections 1, 4).
 */
public final class OptionNames {
    /**
     * Options that are not passed to the kernel unchanged: options of the helper, and options whose value the helper
     * decides.
     */
    static final Set<String> HELPER_NAMES = Set.of(
            "key",
            "sig",
            "cipher",
            "ecryptfs_cipher",
            "ecryptfs_key_bytes",
            "ecryptfs_fnek_sig",
            "passthrough",
            "ecryptfs_passthrough",
            "hmac",
            "ecryptfs_hmac",
            "xattr",
            "ecryptfs_xattr",
            "ecryptfs_xattr_metadata",
            "encrypted_view",
            "ecryptfs_encrypted_view",
            "ecryptfs_enable_filename_crypto",
            "ecryptfs_unlink_sigs",
            "ecryptfs_recovery",
            KernelKeys.OPTION,
            KeyFileMount.NOASK,
            KeyFileMount.READABLE_KEY,
            "no_sig_cache",
            "no_prompt",
            "wild_ass_guess",
            "verbose",
            "verbosity",
            "nonempty",
            "user",
            "users",
            "nouser",
            "nousers",
            "noauto",
            "auto");

    private static final Set<String> KERNEL_NAMES = Set.of(
            "ecryptfs_sig",
            "ecryptfs_fn_cipher",
            "ecryptfs_fn_key_bytes",
            "ecryptfs_mount_auth_tok_only",
            "ecryptfs_check_dev_ruid");

    /** Shorter names are too similar to valid options. */
    private static final int MIN_COMPARED_LENGTH = 5;

    private static final int MAX_EDIT_DISTANCE = 2;

    private OptionNames() {}

    /**
     * Refuses a name that is similar to an option of eCryptfs but is none. The kernel would ignore it silently.
     *
     * @param name the given name
     * @param moduleParameters names that key modules know
     * @throws ToolFailure EINVAL, with the most similar option as advice
     */
    public static void check(String name, Collection<String> moduleParameters) throws ToolFailure {
        if (HELPER_NAMES.contains(name) || KERNEL_NAMES.contains(name) || moduleParameters.contains(name)) {
            return;
        }
        Optional<String> meant = Stream.of(HELPER_NAMES, KERNEL_NAMES, moduleParameters)
                .flatMap(Collection::stream)
                .filter(fromVersion -> fromVersion.length() >= MIN_COMPARED_LENGTH
                        && editDistance(fromVersion, name) <= MAX_EDIT_DISTANCE)
                .min(Comparator.<String>comparingInt(fromVersion -> editDistance(fromVersion, name))
                        .thenComparing(Comparator.naturalOrder()));
        if (meant.isPresent() || name.startsWith("ecryptfs_")) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "eCryptfs has no mount option \"" + name + "\"",
                    meant.map(m -> "did you mean " + m + "?").orElse("see mount.ecryptfs --help"));
        }
    }

    /**
     * The number of characters to insert, delete or replace to change one name into the other (Levenshtein distance).
     */
    static int editDistance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
