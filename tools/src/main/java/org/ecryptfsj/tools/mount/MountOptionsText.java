package org.ecryptfsj.tools.mount;


/** What the help text and the man page say about the options of {@code mount -t ecryptfs}: lines of at most 78 characters. */
final class MountOptionsText {
    /** One line each. */
    static final String[] LINES = {
        "",
        "Options that name the key (asked for if there is none; key= may be repeated):",
        "  key=tspi:tspi_uuid=UUID",
        "        a TPM key, made by ecryptfs-generate-tpm-key",
        "  key=passphrase",
        "        a passphrase, asked for",
        "  key=passphrase:passphrase_passwd_file=FILE",
        "        a passphrase from a file that holds a line passphrase_passwd=...",
        "  key=passphrase:passphrase_passwd_fd=N",
        "        the same from an open file descriptor",
        "  passphrase_salt=HEX",
        "        16 hex digits, for a passphrase that has a salt of its own",
        "  key=openssl:openssl_keyfile=FILE",
        "        an RSA key",
        "  sig=SIGNATURE, ecryptfs_sig=SIGNATURE",
        "        a key that is in your keyring already",
        "",
        "Options that shape the mount:",
        "  ecryptfs_cipher=NAME",
        "        aes, blowfish, des3_ede, twofish, cast6 or cast5 (asked for)",
        "  ecryptfs_key_bytes=N",
        "        16, 24 or 32 for aes (asked for)",
        "  ecryptfs_passthrough=y|n",
        "        show files that are not encrypted as they are (asked for)",
        "  ecryptfs_enable_filename_crypto=y|n",
        "        encrypt file names (asked for)",
        "  ecryptfs_fnek_sig=SIGNATURE",
        "        encrypt file names with this key, which may be the mount's own",
        "  ecryptfs_xattr=y|n",
        "        keep the header in an extended attribute (default: n)",
        "  ecryptfs_encrypted_view=y|n",
        "        show the encrypted form, read-only (default: n)",
        "  ecryptfs_mount_auth_tok_only",
        "        open only files of the keys named here",
        "",
        "Options for the mount helper:",
        "  no_sig_cache",
        "        do not ask about keys never mounted with before",
        "  verbosity=0, no_prompt",
        "        ask nothing at all; what is missing is an error",
        "  nonempty",
        "        allow a mount point that is not empty",
        "  verbose",
        "        tell what is done, on standard error",
        "",
        "Others go to mount(8) and the kernel. Of an option given twice the last one",
        "counts. Defaults may stand in ~/.ecryptfsrc, one on a line.",
    };

    private MountOptionsText() {}
}
