package org.ecryptfsj.keyfile.guard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.tree.AtomicFileWriter;
import org.ecryptfsj.tree.Trust;

/**
 * The mounts whose keys only the kernel holds, one file for each in a directory of root's (docs/spec/guarded-mounts.md). The
 * files outlive the daemon, so that a daemon that starts knows the state under which each key was unsealed; they end with the
 * machine's run.
 */
public final class GuardedMounts {
    /** The directory of this machine. */
    public static final String DIRECTORY = "/run/ecryptfsj/guard";

    private static final String SUFFIX = ".json";

    private final Path directory;

    /** @param directory for tests; it is created with mode 0700 when something is written */
    public GuardedMounts(Path directory) {
        this.directory = directory;
    }

    /** Those of this machine, in {@code /run/ecryptfsj/guard}; of use to root only. */
    public static GuardedMounts ofThisMachine() {
        return new GuardedMounts(Path.of(DIRECTORY));
    }

    /**
     * Records a mount, in one step; before mount(2), so that no mount is without its record.
     *
     * @throws org.ecryptfsj.tree.UntrustedFileException if others could change the directory or one above it
     * @throws IOException if the file cannot be written; nothing is recorded then
     */
    public void write(GuardedMount mount) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Trust.requireTrustedPath(directory);
        new AtomicFileWriter()
                .replaceUnsynced(file(mount.id()), ByteBuffer.wrap(GuardedMountFormat.bytes(mount)), "rw-------");
    }

    /**
     * Removes the record of a mount that failed, or has ended; does nothing if there is none.
     *
     * @throws IOException if the file cannot be removed
     */
    public void remove(UUID id) throws IOException {
        Files.deleteIfExists(file(id));
    }

    /**
     * The names of the files that are there now. Files are not changed once they are there: as long as the names are the same, so are
     * the mounts.
     *
     * @throws IOException if the directory cannot be read
     */
    public Set<String> names() throws IOException {
        Set<String> names = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        } catch (NoSuchFileException e) {
            names.clear();
        }
        return Collections.unmodifiableSet(names);
    }

    /**
     * Reads all mounts.
     *
     * @param unusable receives each file that is skipped: damaged ones, and those that are not root's or that others may read
     * @throws org.ecryptfsj.tree.UntrustedFileException if others could change the directory or one above it
     * @throws IOException if the directory cannot be read
     */
    public List<GuardedMount> read(Consumer<UnusableRecord> unusable) throws IOException {
        Set<String> names = names();
        if (names.isEmpty()) {
            return List.of();
        }
        Path trusted = Trust.requireTrustedPath(directory);
        List<GuardedMount> mounts = new ArrayList<>();
        for (String name : names) {
            Path file = trusted.resolve(name);
            try {
                mounts.add(read(file));
            } catch (NoSuchFileException e) {
                System.getLogger(GuardedMounts.class.getName())
                        .log(System.Logger.Level.DEBUG, "{0} was removed while the directory was read", file);
            } catch (MalformedFieldException | IOException e) {
                unusable.accept(new UnusableRecord(
                        file + " is not used, so that no key is revoked for it: " + e.getMessage(),
                        "unmount the eCryptfs mount that it is for, remove the file, and mount again"));
            }
        }
        return List.copyOf(mounts);
    }

    private static GuardedMount read(Path file) throws IOException, MalformedFieldException {
        if (Files.isSymbolicLink(file)) {
            throw new IOException("it is a symbolic link");
        }
        GuardedMount mount;
        try (Descriptor opened = Trust.openSecret(file)) {
            mount = GuardedMountFormat.parse(opened.bytes(GuardedMountFormat.MOST_FILE_BYTES + 1));
        }
        if (!file.getFileName().toString().equals(name(mount.id()))) {
            throw new MalformedFieldException("it is the file of mount " + mount.id());
        }
        return mount;
    }

    private Path file(UUID id) {
        return directory.resolve(name(id));
    }

    private static String name(UUID id) {
        return id + SUFFIX;
    }
}
