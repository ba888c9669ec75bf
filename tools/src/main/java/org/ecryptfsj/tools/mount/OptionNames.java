package org.ecryptfsj.tools.mount;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.ecryptfsj.tools.command.ToolFailure;

/** The names of mount options: the helper's own, the kernel's, and what was probably meant (docs/spec/mount.md, sections 1, 4). */
public final class OptionNames {
    /** Never given to the kernel: the helper's own, or decided by the helper and given in its own form. */
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

    /** Shorter names resemble too much that is right. */
    private static final int MIN_COMPARED_LENGTH = 5;

    private static final int MAX_EDIT_DISTANCE = 2;

    private OptionNames() {}

    /**
     * Refuses what looks like an option of eCryptfs and is none; the kernel would pass over it in silence.
     *
     * @param name as written
     * @param moduleParameters names that key modules know
     * @throws ToolFailure EINVAL, with what was probably meant as its advice
     */
    public static void check(String name, Collection<String> moduleParameters) throws ToolFailure {
        if (HELPER_NAMES.contains(name) || KERNEL_NAMES.contains(name) || moduleParameters.contains(name)) {
            return;
        }
        Optional<String> meant = Stream.of(HELPER_NAMES, KERNEL_NAMES, moduleParameters)
                .flatMap(Collection::stream)
                .filter(fromVersion -> fromVersion.length() >= MIN_COMPARED_LENGTH && editDistance(fromVersion, name) <= MAX_EDIT_DISTANCE)
                .min(Comparator.<String>comparingInt(fromVersion -> editDistance(fromVersion, name))
                        .thenComparing(Comparator.naturalOrder()));
        if (meant.isPresent() || name.startsWith("ecryptfs_")) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "eCryptfs has no mount option \"" + name + "\"",
                    meant.map(m -> "did you mean " + m + "?").orElse("see mount.ecryptfs --help"));
        }
    }

    /** How many characters must be added, left out or replaced to make one of the other. */
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
