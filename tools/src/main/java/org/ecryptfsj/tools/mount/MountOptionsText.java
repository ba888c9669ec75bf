package org.ecryptfsj.tools.mount;

/** What the help text and the man page say about the options of {@code mount -t ecryptfs}. */
final class MountOptionsText {
    /** One line each. */
    static final String[] LINES = {
        "",
        "Options of the key:",
        "  key=tspi:tspi_uuid=UUID            a TPM key, made by ecryptfs-generate-tpm-key",
        "  key=passphrase[:passphrase_passwd_file=FILE]  a passphrase: in a file as passphrase_passwd=..., at an",
        "                                     open file descriptor (passphrase_passwd_fd=N), or asked",
        "  key=openssl:openssl_keyfile=FILE   an RSA key",
        "  sig=SIGNATURE                      a key that is in your keyring already",
        "Options of the mount:",
        "  ecryptfs_cipher=NAME               aes, blowfish, des3_ede, twofish, cast6 or cast5",
        "  ecryptfs_key_bytes=N               16, 24 or 32 for aes",
        "  ecryptfs_passthrough=y|n           show files that are not encrypted as they are",
        "  ecryptfs_enable_filename_crypto=y|n  encrypt file names",
        "  ecryptfs_fnek_sig=SIGNATURE        the key that file names are encrypted with",
        "  ecryptfs_xattr=y|n                 keep the header in an extended attribute",
        "  ecryptfs_encrypted_view=y|n        show the encrypted form, read-only",
        "  ecryptfs_mount_auth_tok_only       open only files of the keys named here",
        "  no_sig_cache                       do not ask about keys never mounted with before",
        "  verbosity=0, no_prompt             ask nothing at all",
        "  nonempty                           allow a mount point that is not empty",
        "  verbose                            tell what is done, on standard error",
        "Others go to mount(8) and the kernel. Options may also stand in ~/.ecryptfsrc, one on a line.",
    };

    private MountOptionsText() {}
}
