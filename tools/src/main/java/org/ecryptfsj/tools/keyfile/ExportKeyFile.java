package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.MountPassphrase;
import org.ecryptfsj.keyfile.MountSecret;
import org.ecryptfsj.keyfile.MountSettings;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.SecretOutput;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key export}: prints the mount passphrase, for other programs that read eCryptfs. */
final class ExportKeyFile implements Subcommand {
    @Override
    public CommandSpec grammar() {
        return Subcommand.grammar(
                        "export",
                        "Prints the mount passphrase on standard output, after a question. Everyone who has it can read the"
                                + " directory, without the key file.")
                .addOption(Grammar.flag("No question, for scripts", "--yes"));
    }

    @Override
    public int run(ParseResult given, KeyFileSession session) throws ToolFailure, KeyFileException, IOException {
        KeyFile file = session.read();
        if (!given.hasMatchedOption("--yes")) {
            requireConsent(session);
        }
        try (Unlocked unlocked = session.unlock(file)) {
            print(unlocked.file().secret(), session.secretOutput());
            explain(file.mount(), unlocked.file().secret());
        }
        return 0;
    }

    private static void requireConsent(KeyFileSession session) throws ToolFailure, LinuxException {
        Optional<Terminal> terminal = session.terminal();
        if (terminal.isEmpty()) {
            throw new ToolFailure(
                    ToolFailure.EPERM, "there is no terminal on which to confirm the export", "run it with --yes");
        }
        Optional<Boolean> answer = new Questions(terminal.get())
                .yesNoInFull("Print the mount passphrase of "
                        + PrintableText.of(session.path().toString())
                        + "? Everyone who sees it can read the directory. (yes/no): ");
        if (!answer.orElse(false)) {
            throw new ToolFailure(ToolFailure.EPERM, "the mount passphrase is not printed", "answer yes to print it");
        }
    }

    private static void print(MountSecret secret, OutputStream output) throws IOException {
        Optional<MountPassphrase> other = otherPassphrase(secret);
        if (other.isEmpty()) {
            SecretOutput.line(output, secret.content().passphrase());
            return;
        }
        output.write("contents: ".getBytes(StandardCharsets.US_ASCII));
        SecretOutput.line(output, secret.content().passphrase());
        output.write("names: ".getBytes(StandardCharsets.US_ASCII));
        SecretOutput.line(output, other.get().passphrase());
    }

    private static Optional<MountPassphrase> otherPassphrase(MountSecret secret) {
        return secret.names().filter(names -> !names.passphrase()
                .sameBytesAs(secret.content().passphrase()));
    }

    /** How other programs use it. */
    private static void explain(MountSettings mount, MountSecret secret) {
        boolean bothOfOne =
                secret.names().filter(names -> names.salt().equals(Salt.FNEK)).isPresent()
                        && otherPassphrase(secret).isEmpty();
        System.err.println("Other programs mount the directory so:");
        System.err.println("  ecryptfs-add-passphrase" + (bothOfOne ? " --fnek" : ""));
        System.err.println("  mount -i -t ecryptfs -o " + options(mount) + " LOWER MOUNTPOINT");
        salt("contents", secret.content().salt(), Salt.DEFAULT);
        secret.names().filter(names -> !bothOfOne).ifPresent(names -> salt("names", names.salt(), Salt.DEFAULT));
    }

    private static void salt(String what, Salt salt, Salt usual) {
        if (!salt.equals(usual)) {
            System.err.println("The salt of the passphrase for " + what + " is " + salt.hex() + ": see ecryptfsrc.");
        }
    }

    private static String options(MountSettings mount) {
        String content = "ecryptfs_sig=" + mount.content() + ",ecryptfs_cipher="
                + mount.cipher().name() + ",ecryptfs_key_bytes="
                + mount.cipher().keyBytes();
        String names = mount.names()
                .map(encryption -> ",ecryptfs_fnek_sig=" + encryption.signature() + ",ecryptfs_fn_cipher="
                        + encryption.cipher().name() + ",ecryptfs_fn_key_bytes="
                        + encryption.cipher().keyBytes())
                .orElse("");
        return content + names + (mount.xattrMetadata() ? ",ecryptfs_xattr_metadata" : "") + ",ecryptfs_unlink_sigs";
    }
}
