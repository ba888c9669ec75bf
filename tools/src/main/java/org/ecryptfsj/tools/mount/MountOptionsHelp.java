package org.ecryptfsj.tools.mount;

/** The options of {@code mount -t ecryptfs} in the help text and the man page, in lines of at most 78 characters. */
final class MountOptionsHelp {
    /** The lines of the text. */
    static final String[] LINES = {
        "",
        "Options for the key (asked for if there is none; key= can be repeated):",
        "  key=tspi:tspi_uuid=UUID",
        "        TPM key, created by ecryptfs-generate-tpm-key",
        "  key=passphrase",
        "        passphrase, asked for",
        "  key=passphrase:passphrase_passwd_file=FILE",
        "        passphrase in a file of mode 600, on a line passphrase_passwd=...",
        "  key=passphrase:passphrase_passwd_fd=N",
        "        passphrase from an open file descriptor, in the same format",
        "  passphrase_salt=HEX",
        "        salt of the passphrase, 16 hex digits",
        "  key=openssl:openssl_keyfile=FILE",
        "        RSA key file",
        "  sig=SIGNATURE, ecryptfs_sig=SIGNATURE",
        "        signature of a key in your keyring",
        "  ecryptfs_recovery=FILE",
        "        recovery passphrase sealed with the TPM key of key=: new files open", "        with either"
                + " key (created by ecryptfs-setup-tpm)",
        "",
        "Options for files and names:",
        "  ecryptfs_cipher=NAME",
        "        cipher: aes, blowfish, des3_ede, twofish, cast6 or cast5 (asked for)",
        "  ecryptfs_key_bytes=N",
        "        size of the file keys: 16, 24 or 32 for aes (asked for)",
        "  ecryptfs_passthrough=y|n",
        "        access to files that are not encrypted (asked for)",
        "  ecryptfs_enable_filename_crypto=y|n",
        "        encryption of file names (asked for)",
        "  ecryptfs_fnek_sig=SIGNATURE",
        "        signature of the key for file names; can be the key of the mount",
        "  ecryptfs_xattr=y|n",
        "        header in an extended attribute (default: n)",
        "  ecryptfs_encrypted_view=y|n",
        "        read-only view of the encrypted files (default: n)",
        "  ecryptfs_mount_auth_tok_only",
        "        access only to files with the keys given here",
        "",
        "Options for the mount helper:",
        "  kernel_key",
        "        the kernel holds the key of a passphrase: no process can read it back, and",
        "        it ends with the mount (root only)",
        "  no_sig_cache",
        "        no questions about keys that were never used for a mount",
        "  verbosity=0, no_prompt",
        "        no questions at all; a missing option is an error",
        "  nonempty",
        "        mount point that is not empty allowed",
        "  verbose",
        "        verbose messages on standard error",
        "",
        "Other options are passed to mount(8) and the kernel. If an option is repeated,", "the last one"
                + " counts. ~/.ecryptfsrc can contain defaults, one on each line.",
    };

    private MountOptionsHelp() {}
}
