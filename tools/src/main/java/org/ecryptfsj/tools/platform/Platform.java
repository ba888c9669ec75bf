package org.ecryptfsj.tools.platform;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.FileTrees;

/** What the commands for lower directories need of the machine: {@link LinuxPlatform}, or one without native functions. */
public interface Platform {
    /** Number of the descriptor of standard output. */
    int STANDARD_OUTPUT = 1;

    /** Number of the descriptor of standard error. */
    int STANDARD_ERROR = 2;

    /** The files and directories that a command line names. */
    FileTrees trees();

    /**
     * Standard input, for questions.
     *
     * @param prompts receives the questions
     */
    Terminal terminal(PrintStream prompts);

    /** Whether {@link #STANDARD_OUTPUT} or {@link #STANDARD_ERROR} is a terminal. */
    boolean isTerminal(int descriptor);

    /**
     * The user's home directory.
     *
     * @throws LinuxException ENOENT if the password database has no such user
     */
    Path home() throws LinuxException;

    /**
     * The salt in {@code .ecryptfsrc}, otherwise the default salt.
     *
     * @param home directory of that file
     * @throws ToolFailure if the file exists but cannot be read
     */
    Salt salt(Path home) throws ToolFailure;

    /**
     * The passphrase in a file of options.
     *
     * @return closed by the caller
     * @throws KeyModuleException if it cannot be read, others may read it, or it contains no passphrase
     */
    Secret passphraseIn(String file) throws KeyModuleException;

    /**
     * A file that contains no plain secret; a symbolic link is followed.
     *
     * @param most bytes; a longer file is cut
     * @throws IOException if it cannot be read
     */
    FileContent read(Path file, int most) throws IOException;

    /** The key modules, closed by the caller. */
    KeyModules keyModules();

    /**
     * Whether native functions can be called. Only then are there keys of the kernel's keyring and of key modules, those of a TPM and
     * RSA keys that open key files, the rules for root, and owners of outputs.
     */
    boolean isNative();

    /** The user's keyring in the kernel; empty if there is none. */
    Optional<UserKeyring> keyring();

    /**
     * Overwrites secrets in the command line that other users can see.
     *
     * @return a message for the user if that fails
     */
    Optional<String> hideSecretArguments();

    /** A file that was read. */
    final class FileContent {
        private final FileStatus status;
        private final byte[] bytes;

        /**
         * @param status when it was open
         * @param bytes its content; empty if it is not a regular file; not changed afterwards
         */
        public FileContent(FileStatus status, byte[] bytes) {
            this.status = status;
            this.bytes = bytes;
        }

        /** Its status when it was open. */
        public FileStatus status() {
            return status;
        }

        /** Its content; empty if it is not a regular file. */
        public byte[] bytes() {
            return bytes;
        }
    }
}
