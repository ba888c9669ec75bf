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
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.TerminalEcho;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.command.SecretArguments;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.FileTrees;

/** Linux with the C library: files by descriptor, the terminal's echo, the password database, the kernel's keyring. */
public final class LinuxPlatform implements Platform {
    /** The only one. */
    public static final Platform INSTANCE = new LinuxPlatform();

    private LinuxPlatform() {}

    @Override
    public FileTrees trees() {
        return DescriptorTrees.ofThisProcess();
    }

    @Override
    public Terminal terminal(PrintStream prompts) {
        return new Terminal(Descriptor.adopt(0, "standard input"), prompts);
    }

    @Override
    public boolean isTerminal(int descriptor) {
        return TerminalEcho.isTerminal(descriptor);
    }

    @Override
    public Path home() throws LinuxException {
        return Account.current().home();
    }

    @Override
    public Salt salt(Path home) throws ToolFailure {
        return PassphraseTokens.saltOf(home);
    }

    @Override
    public Secret passphraseIn(String file) throws KeyModuleException {
        return PassphraseTokens.FILE.read(file);
    }

    @Override
    public FileContent read(Path file, int most) throws IOException {
        try (Descriptor opened = Descriptor.openToRead(file, true)) {
            FileStatus status = opened.status();
            return new FileContent(status, status.isRegular() ? opened.bytes(most) : new byte[0]);
        }
    }

    @Override
    public KeyModules keyModules() {
        return InstalledKeyModules.discover();
    }

    @Override
    public boolean isNative() {
        return true;
    }

    @Override
    public Optional<UserKeyring> keyring() {
        return Optional.of(new UserKeyring());
    }

    @Override
    public Optional<String> hideSecretArguments() {
        return SecretArguments.hide();
    }
}
