package org.ecryptfsj.tools.setup;

import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.ParseResult;

/** How the files of a setup are encrypted. */
enum SetupMode {
    /** One key for all files in a key file, which the TPM unlocks at the mount. */
    KEY_FILE("keyfile"),
    /** One key for all files, which the TPM unseals for the daemon. */
    ENVELOPE("envelope"),
    /** The TPM seals each file's key. */
    DIRECT("direct");

    private final String text;

    SetupMode(String text) {
        this.text = text;
    }

    /**
     * The mode that the options name.
     *
     * @throws ToolFailure wrong usage, if they name two, or an option belongs to another mode
     */
    static SetupMode of(ParseResult options) throws ToolFailure {
        boolean direct = options.hasMatchedOption("--direct");
        boolean envelope = options.hasMatchedOption("--envelope");
        if (direct && envelope) {
            throw new ToolFailure(SetupTpm.USAGE, "--direct and --envelope exclude each other", "give one of them");
        }
        if (!direct && !envelope && options.hasMatchedOption("--recovery-passphrase-file")) {
            throw new ToolFailure(
                    SetupTpm.USAGE,
                    "--recovery-passphrase-file belongs to --envelope and --direct: a key file has a recovery code",
                    "leave it out, or add --envelope or --direct");
        }
        return direct ? DIRECT : envelope ? ENVELOPE : KEY_FILE;
    }

    /**
     * The mode that the options name, on a machine with a TPM 2.0.
     *
     * @throws ToolFailure wrong usage, if an option needs a TPM 1.2
     */
    static SetupMode ofTpm2(ParseResult options) throws ToolFailure {
        SetupMode mode = of(options);
        if (mode != KEY_FILE || options.hasMatchedOption("--take-ownership")) {
            throw new ToolFailure(
                    SetupTpm.USAGE,
                    "--direct, --envelope and --take-ownership are for a TPM 1.2, and this machine has a TPM 2.0",
                    "leave them out: the setup makes a key file");
        }
        return mode;
    }

    /** Whether the daemon must run to open a file. */
    boolean usesDaemon() {
        return this != KEY_FILE;
    }

    /** The name in JSON output; that of {@code tspi_mode} if there is one. */
    @Override
    public String toString() {
        return text;
    }
}
