package org.ecryptfsj.tools.startup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.tools.Commands;
import org.ecryptfsj.tools.Launcher;
import org.ecryptfsj.tools.mount.MountEcryptfs;

/**
 * Loads the classes that the tools need at their start, so that the JVM's class-data archive contains them (see
 * packaging/launcher/archive): all classes of this program, and those of the JDK and of libraries, and the lambda expressions, that
 * some runs need. It reads files that do not exist, prints each command's help and version, tries mounts that cannot work, and wraps
 * a passphrase, makes key files, and unlocks one for a fake mount, in a directory of its own, which it removes. Each answer is a
 * line of standard input.
 */
public final class ArchiveTraining {
    private static final String MISSING = "/nonexistent/ecryptfsj";
    private static final int ALL_FEATURES = -1;
    private static final int RSA_BITS = 2048;

    private ArchiveTraining() {}

    /**
     * Runs the commands and exits.
     *
     * @param arguments {@code offline} for only those that decrypt files, whose calls of C functions need other classes
     */
    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        for (String command : List.of("ecryptfs-cat", "ecryptfs-check", "ecryptfs-stat")) {
            Launcher.run(List.of(command, MISSING));
        }
        Launcher.run(List.of("ecryptfs-key", "show", MISSING));
        if (List.of(arguments).contains("offline")) {
            return;
        }
        OwnClasses.load();
        for (String command : Commands.names()) {
            Launcher.run(List.of(command, "--help"));
            Launcher.run(List.of(command, "--version"));
        }
        mount(MISSING, "ecryptfs_cipher=aes");
        Path directory = Files.createTempDirectory("ecryptfsj");
        try {
            String wrapped = directory.resolve("wrapped").toString();
            Launcher.run(List.of("ecryptfs-wrap-passphrase", wrapped, "-"));
            Launcher.run(List.of("ecryptfs-unwrap-passphrase", wrapped, "-"));
            String keyFile = directory.resolve("training.key").toString();
            Launcher.run(List.of("ecryptfs-key", "create", keyFile, "--recovery"));
            Launcher.run(List.of("ecryptfs-key", "show", keyFile));
            mount(directory.toString(), "key=keyfile:keyfile=" + keyFile + ",noask");
            mountByRsaKey(directory);
        } finally {
            remove(directory);
        }
    }

    private static void mount(String directory, String options) {
        Launcher.run(List.of("mount.ecryptfs", directory, directory, "-o", options));
    }

    /** A key file that opens without a question. */
    private static void mountByRsaKey(Path directory) throws IOException, GeneralSecurityException {
        Path rsaKey = directory.resolve("training.pem");
        Files.writeString(rsaKey, rsaKey());
        Files.setPosixFilePermissions(rsaKey, PosixFilePermissions.fromString("rw-------"));
        String keyFile = directory.resolve("training-rsa.key").toString();
        Launcher.run(List.of("ecryptfs-key", "create", keyFile, "--openssl", rsaKey.toString()));
        Launcher.run(
                "mount.ecryptfs",
                new MountEcryptfs(new EcryptfsVersion(ALL_FEATURES)),
                List.of(directory.toString(), directory.toString(), "-f", "-o", "key=keyfile:keyfile=" + keyFile));
    }

    private static String rsaKey() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(RSA_BITS);
        byte[] key = generator.generateKeyPair().getPrivate().getEncoded();
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key);
        return "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n";
    }

    private static void remove(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(directory);
    }
}
