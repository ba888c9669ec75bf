package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.PassphraseProtector;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.passphrase.WrappedPassphraseReader;

/** Checks of what unlocks encrypted homes and private directories at a login. Nothing is unlocked. */
final class PrivateKeyChecks {
    private static final String KEYS = "login-keys";
    private static final String LEFTOVER = "plain-passphrase";
    private static final String WRAPPED = "wrapped-passphrase";
    private static final String KEY_FILE = "Private.key";

    private PrivateKeyChecks() {}

    /** The wrapped passphrase and the key file of each user. */
    static List<Finding> keys(DiagnosticContext context) throws IOException {
        List<Finding> findings = new ArrayList<>();
        for (PrivateUser user : PrivateUser.all(context.machine())) {
            List<Finding> found = new ArrayList<>();
            wrapped(user).ifPresent(found::add);
            keyFile(user).ifPresent(found::add);
            if (found.isEmpty() && user.has("auto-mount") && !hasPlain(user)) {
                found.add(Finding.warning(
                        KEYS,
                        user.name() + " has neither " + user.configuration(WRAPPED) + " nor a key file",
                        "a login cannot unlock the directory of " + user.name(),
                        "restore the file from a backup, or run ecryptfs-wrap-passphrase with the mount passphrase"));
            }
            findings.addAll(found);
        }
        return findings.isEmpty()
                ? List.of(Finding.skipped(KEYS, "no user has an encrypted home or private directory"))
                : findings;
    }

    private static Optional<Finding> wrapped(PrivateUser user) {
        String path = user.configuration(WRAPPED);
        try {
            Optional<byte[]> content = user.read(WRAPPED);
            if (content.isEmpty()) {
                return Optional.empty();
            }
            List<Integer> versions = WrappedPassphraseReader.versions(content.get(), path);
            if (versions.contains(1)) {
                return Optional.of(Finding.warning(
                        KEYS,
                        path + " is of version 1, which has no salt",
                        "guessing its passphrase is easier than with version 2",
                        "log in once with the passphrase, or run ecryptfs-rewrap-passphrase " + path));
            }
            return Optional.of(Finding.ok(
                    KEYS, path + " is of version 2 and opens with " + opensWith(user) + " of " + user.name()));
        } catch (ToolFailure e) {
            return Optional.of(unusable(path, e.getMessage()));
        } catch (IOException e) {
            return Optional.of(unusable(path, e.getMessage()));
        }
    }

    private static String opensWith(PrivateUser user) {
        return user.has("wrapping-independent") ? "a separate passphrase" : "the login passphrase";
    }

    private static Finding unusable(String path, String why) {
        return Finding.problem(
                KEYS,
                path + " cannot be used: " + why,
                "a login cannot unlock the directory with it",
                "restore the file from a backup; or mount with the mount passphrase: ecryptfs-recover-private");
    }

    private static Optional<Finding> keyFile(PrivateUser user) {
        String path = user.configuration(KEY_FILE);
        try {
            Optional<byte[]> content = user.read(KEY_FILE);
            if (content.isEmpty()) {
                return Optional.empty();
            }
            KeyFile file = KeyFile.parse(content.get());
            boolean opens = file.protectors().stream()
                    .anyMatch(protector -> protector.type().equals(PassphraseProtector.TYPE));
            return Optional.of(
                    opens
                            ? Finding.ok(KEYS, path + " opens with " + opensWith(user) + " of " + user.name())
                            : Finding.warning(
                                    KEYS,
                                    path + " has no protector of type " + PassphraseProtector.TYPE,
                                    "the login passphrase does not unlock it",
                                    "ecryptfs-key add " + path + " --passphrase, as " + user.name()));
        } catch (KeyFileException e) {
            return Optional.of(unusable(path, e.getMessage()));
        } catch (IOException e) {
            return Optional.of(unusable(path, e.getMessage()));
        }
    }

    private static String plain(PrivateUser user) {
        return "/dev/shm/.ecryptfs-" + user.name();
    }

    private static boolean hasPlain(PrivateUser user) {
        return user.machine().exists(plain(user));
    }

    /** Mount passphrases that ecryptfs-setup-private --bootstrap left for the first login. */
    static List<Finding> leftovers(DiagnosticContext context) throws IOException {
        List<Finding> findings = new ArrayList<>();
        for (PrivateUser user : PrivateUser.all(context.machine())) {
            if (!hasPlain(user)) {
                continue;
            }
            findings.add(
                    user.has(WRAPPED)
                            ? Finding.problem(
                                    LEFTOVER,
                                    plain(user) + " has the mount passphrase of " + user.name() + " in plain text",
                                    "it was wrapped before, and root and " + user.name() + " can read it",
                                    "rm " + plain(user))
                            : Finding.warning(
                                    LEFTOVER,
                                    plain(user) + " has the mount passphrase of " + user.name()
                                            + " in plain text until the first login",
                                    "a restart of the machine before that deletes it, and nothing else has it",
                                    "log in as " + user.name() + " with the password"));
        }
        return findings.isEmpty()
                ? List.of(Finding.ok(LEFTOVER, "/dev/shm has no mount passphrase of a user"))
                : findings;
    }
}
