package org.ecryptfsj.tools.mount;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.CipherChoice;
import org.ecryptfsj.keyfile.MountSettings;

/** The kernel's mount options for the ciphers and keys of a directory (docs/spec/mount.md). */
public final class KernelOptions {
    private KernelOptions() {}

    /** The cipher of file contents. */
    public static List<String> cipher(CipherChoice cipher) {
        return List.of("ecryptfs_cipher=" + cipher.name(), "ecryptfs_key_bytes=" + cipher.keyBytes());
    }

    /** Where headers of new files are; nothing if they are in the files. */
    public static List<String> headers(MountSettings mount) {
        return mount.xattrMetadata() ? List.of("ecryptfs_xattr_metadata") : List.of();
    }

    /** The key of file names, and their cipher if it is not that of the contents; nothing if they are not encrypted. */
    public static List<String> names(MountSettings mount) {
        Optional<MountSettings.NameEncryption> names = mount.names();
        if (names.isEmpty()) {
            return List.of();
        }
        List<String> options = new ArrayList<>();
        options.add("ecryptfs_fnek_sig=" + names.get().signature());
        CipherChoice cipher = names.get().cipher();
        if (!cipher.equals(mount.cipher())) {
            options.add("ecryptfs_fn_cipher=" + cipher.name());
            options.add("ecryptfs_fn_key_bytes=" + cipher.keyBytes());
        }
        return List.copyOf(options);
    }
}
