package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ecryptfsj.keyfile.MountSettings;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.mount.KernelOptions;
import org.ecryptfsj.tools.mount.MountTable;

/**
 * A private directory: the lower directory, the mount point and the keys (docs/spec/mount.md, section 7).
 *
 * @param source the lower directory
 * @param target the mount point
 * @param mount the keys and ciphers
 */
record PrivateDirectory(DirectoryAlias alias, Path source, Path target, MountSettings mount) {
    private static final String TYPE = "ecryptfs";

    /** Reads the user's configuration files.
     *
     * @throws ToolFailure if a file is missing or invalid
     */
    static PrivateDirectory of(Account user, DirectoryAlias alias) throws IOException, ToolFailure {
        Path configuration = user.home().resolve(".ecryptfs");
        if (alias.isDefault()) {
            Path target = mountPoint(user, configuration.resolve("Private.mnt"));
            return new PrivateDirectory(
                    alias,
                    real(user.home().resolve(".Private")),
                    target,
                    DirectoryKeys.read(configuration, alias, user));
        }
        Path conf = configuration.resolve(alias.name() + ".conf");
        MountTable.Entry line = parseConf(read(conf, user), conf);
        return new PrivateDirectory(
                alias,
                absolute(line.source(), conf),
                absolute(line.target(), conf),
                DirectoryKeys.read(configuration, alias, user));
    }

    /** Parses one line in the format of fstab: lower directory, mount point, {@code ecryptfs}, {@code none}. */
    static MountTable.Entry parseConf(String text, Path file) throws ToolFailure {
        List<MountTable.Entry> lines = MountTable.parse(text.lines().toList()).ecryptfs();
        if (lines.size() != 1 || !lines.get(0).options().equals(List.of("none"))) {
            throw new ToolFailure(
                    1,
                    file + " is not exactly one line for an eCryptfs mount with the options field none",
                    "write one line: SOURCE MOUNTPOINT " + TYPE + " none");
        }
        return lines.get(0);
    }

    /** Reads a configuration file that must be there. */
    static String read(Path file, Account user) throws IOException, ToolFailure {
        try {
            return OwnedFileReader.read(file, user.uid());
        } catch (NoSuchFileException e) {
            throw new ToolFailure(1, file + " does not exist", "set up a private directory: ecryptfs-setup-private");
        }
    }

    private static Path mountPoint(Account user, Path file) throws IOException, ToolFailure {
        String line = Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                ? OwnedFileReader.read(file, user.uid()).lines().findFirst().orElse("")
                : "";
        return line.isEmpty() ? real(user.home().resolve("Private")) : absolute(line, file);
    }

    /** The path without symbolic links, as in the mount table. A missing path is reported later. */
    private static Path real(Path path) throws IOException {
        return Files.exists(path) ? path.toRealPath() : path;
    }

    private static Path absolute(String text, Path file) throws IOException, ToolFailure {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute() && path.equals(path.normalize())) {
                return real(path);
            }
        } catch (InvalidPathException e) {
            throw new ToolFailure(1, file + ": \"" + e.getInput() + "\" is not a path", "write an absolute path");
        }
        throw new ToolFailure(
                1, file + ": \"" + text + "\" is not an absolute path", "write an absolute path" + " without ..");
    }

    /** The signatures of its keys. */
    DirectorySignatures signatures() {
        return new DirectorySignatures(mount.content(), mount.names().map(MountSettings.NameEncryption::signature));
    }

    /** The kernel's mount options: a lower directory owned by the user, the ciphers, the signatures. */
    String options() {
        List<String> options = new ArrayList<>(List.of("ecryptfs_check_dev_ruid"));
        options.addAll(KernelOptions.cipher(mount.cipher()));
        options.addAll(KernelOptions.headers(mount));
        options.addAll(List.of("ecryptfs_unlink_sigs", "ecryptfs_sig=" + mount.content()));
        options.addAll(KernelOptions.names(mount));
        return String.join(",", options);
    }

    /** Whether a line of a mount table has the same directories and keys. */
    boolean matches(MountTable.Entry line) {
        return line.source().equals(source.toString())
                && line.target().equals(target.toString())
                && line.values("ecryptfs_sig").equals(List.of(mount.content().hex()))
                && line.values("ecryptfs_fnek_sig")
                        .equals(mount.names()
                                .map(names -> List.of(names.signature().hex()))
                                .orElse(List.of()));
    }

    boolean isMounted() throws IOException {
        return MountTable.mounted().ecryptfs().stream().anyMatch(this::matches);
    }

    /** The fstab line with which an administrator allows the user to mount this directory. */
    String fstabLine() {
        return fstabField(source) + " " + fstabField(target) + " " + TYPE + " user,noauto,exec," + options() + " 0 0";
    }

    private static String fstabField(Path path) {
        return path.toString()
                .replace("\\", "\\134")
                .replace(" ", "\\040")
                .replace("\t", "\\011")
                .replace("\n", "\\012");
    }
}
