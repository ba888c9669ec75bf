package org.ecryptfsj.rescue;

import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.options.OptionList;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.ecryptfsj.tools.platform.Platform;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.NioTrees;

/** Any system with Java: files by java.nio, echo by stty(1) or Java's console, and no keys of a kernel. */
class JavaPlatform implements Platform {
    private final NioTrees trees = NioTrees.ofThisMachine();

    @Override
    public FileTrees trees() {
        return trees;
    }

    @Override
    public Terminal terminal(PrintStream prompts) {
        return new Terminal(SttyInput.ofStandardInput().orElseGet(() -> new ConsoleInput(terminalConsole())), prompts);
    }

    /** Java tells about standard input and standard output together. */
    @Override
    public boolean isTerminal(int descriptor) {
        return terminalConsole().isPresent();
    }

    /** Since Java 22 there can be a console without a terminal, and a method that says so. */
    @SuppressWarnings("SystemConsoleNull") // it is null in Java 17; the method is asked where there is one
    private static Optional<Console> terminalConsole() {
        Console console = System.console();
        if (console == null) {
            return Optional.empty();
        }
        try {
            boolean terminal =
                    Boolean.TRUE.equals(Console.class.getMethod("isTerminal").invoke(console));
            return terminal ? Optional.of(console) : Optional.empty();
        } catch (NoSuchMethodException olderJava) {
            return Optional.of(console);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot ask Java's console whether it is a terminal", e);
        }
    }

    @Override
    public Path home() {
        return Path.of(System.getProperty("user.home"));
    }

    @Override
    public Salt salt(Path home) throws ToolFailure {
        return PassphraseTokens.saltOf(home, JavaPlatform::options);
    }

    /** @throws KeyModuleException also if the file's mode lets others read it */
    @Override
    public Secret passphraseIn(String file) throws KeyModuleException {
        try {
            Path path = ByteText.path(file);
            FileStatus status = trees.status(path);
            if (status.isRegular() && (status.mode() & FileStatus.OTHERS) != 0) {
                throw unusable(
                        file,
                        "is not used: others may read it (mode " + Integer.toOctalString(status.mode()) + ")",
                        "chmod 600 " + file,
                        null);
            }
            try (Secret text = content(path)) {
                return PassphraseTokens.FILE.passphraseIn(text.buffer(), file);
            }
        } catch (IOException | InvalidPathException e) {
            throw unusable(file, "cannot be read: " + e.getMessage(), "Check its name and its permissions.", e);
        }
    }

    private static KeyModuleException unusable(String file, String why, String advice, Exception cause) {
        return new KeyModuleException(
                Reason.BAD_PARAMETER, "the passphrase file " + file + " " + why, advice, 0, cause);
    }

    /** @return closed by the caller */
    private static OptionList options(Path file) throws IOException, KeyModuleException {
        try (Secret text = content(file)) {
            return OptionList.parse(text.buffer());
        }
    }

    /** @return closed by the caller */
    private static Secret content(Path file) throws IOException {
        byte[] one = new byte[1];
        try (InputStream in = Files.newInputStream(file);
                Secret memory = Secret.allocate(OptionList.MAX_BYTES)) {
            ByteBuffer text = memory.buffer();
            while (in.read(one) > 0) {
                if (!text.hasRemaining()) {
                    throw new IOException("it has more than " + OptionList.MAX_BYTES + " bytes");
                }
                text.put(one[0]);
            }
            return Secret.copyOf(text.flip());
        } finally {
            one[0] = 0;
        }
    }

    @Override
    public FileContent read(Path file, int most) throws IOException {
        FileStatus status = trees.status(file);
        if (!status.isRegular()) {
            return new FileContent(status, new byte[0]);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return new FileContent(status, in.readNBytes(most));
        }
    }

    @Override
    public KeyModules keyModules() {
        try {
            return KeyModules.discover(Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isNative() {
        return false;
    }

    @Override
    public Optional<UserKeyring> keyring() {
        return Optional.empty();
    }

    /** No option contains a secret. */
    @Override
    public Optional<String> hideSecretArguments() {
        return Optional.empty();
    }
}
