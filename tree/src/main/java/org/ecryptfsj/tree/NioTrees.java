package org.ecryptfsj.tree;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tree.TreeException.Reason;

/**
 * Trees by java.nio, for machines on which no native function can be called. The rules of root do not exist here: no owner is
 * set, and no path is checked. Where java.nio has secure directories (Linux), directories and files are opened below an open
 * directory, as {@link DescriptorTrees} does it; elsewhere by their paths. No symbolic link at the end of a path is followed.
 * Attributes, and targets of symbolic links, are always read by path.
 */
public final class NioTrees implements FileTrees {
    private static final FileName PROBE = FileName.of(".ecryptfs-decrypt.case");
    private static final FileName PROBE_IN_OTHER_CASE = FileName.of(".ECRYPTFS-DECRYPT.CASE");

    private final FileSystem files;
    private final NioPaths paths;

    /** A rename changes the place of an open file. */
    private final List<NioFile> openFiles = new ArrayList<>();

    /** @param files the file system, such as the machine's own */
    public NioTrees(FileSystem files) {
        this.files = files;
        this.paths = new NioPaths(files);
    }

    /** On the file system of this machine. */
    public static NioTrees ofThisMachine() {
        return new NioTrees(FileSystems.getDefault());
    }

    NioPaths paths() {
        return paths;
    }

    boolean has(String attributeView) {
        return files.supportedFileAttributeViews().contains(attributeView);
    }

    synchronized void opened(NioFile file) {
        openFiles.add(file);
    }

    synchronized void closed(NioFile file) {
        openFiles.remove(file);
    }

    synchronized void moved(Path from, NioDirectory to, Path name) {
        openFiles.stream().filter(file -> file.isAt(from)).forEach(file -> file.moved(to, name));
    }

    @Override
    public boolean isRoot() {
        return false;
    }

    @Override
    public TreeDirectory directory(byte[] path) throws TreeException {
        return NioErrors.call(() -> NioDirectory.open(this, paths.argument(path).toRealPath()));
    }

    @Override
    public TreeFile file(byte[] path) throws TreeException {
        return NioErrors.call(() -> {
            Path real = paths.argument(path).toRealPath();
            if (real.getFileName() == null) {
                throw new TreeException(Reason.NOT_A_FILE, "it is a directory");
            }
            try (NioDirectory directory = NioDirectory.open(this, real.getParent())) {
                return directory.open(paths.name(real));
            }
        });
    }

    @Override
    public Output output(byte[] path, TreeDirectory outside) throws TreeException {
        Path lower = ((NioDirectory) outside).path();
        return NioErrors.call(() -> {
            Path wanted = paths.argument(path).toAbsolutePath();
            Path existing = wanted;
            while (Files.notExists(existing)) {
                existing = existing.getParent();
            }
            requireOutside(existing.toRealPath(), lower);
            boolean missing = !existing.equals(wanted);
            if (missing) {
                Files.createDirectories(wanted, ownerOnly("rwx------"));
            }
            Path real = wanted.toRealPath();
            requireOutside(lower, real);
            NioDirectory directory = NioDirectory.open(this, real);
            boolean open = false;
            try {
                Output output = output(directory, missing);
                open = true;
                return output;
            } finally {
                if (!open) {
                    directory.close();
                }
            }
        });
    }

    /** Creates a file to see its owner, and whether another spelling of its name finds it. */
    private Output output(NioDirectory directory, boolean made) throws TreeException {
        FileStatus before = directory.status();
        directory.remove(PROBE);
        try (TreeFile probe = directory.create(PROBE)) {
            boolean ignoresCase = directory.status(PROBE_IN_OTHER_CASE).isPresent();
            return new Output(directory, before, made, probe.status().uid(), rules(ignoresCase));
        } finally {
            directory.remove(PROBE);
        }
    }

    private NameRules rules(boolean ignoresCase) {
        boolean mac = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac");
        return new NameRules(files.getSeparator().equals("\\"), mac || !paths.keepsBytes(), ignoresCase);
    }

    private static void requireOutside(Path inner, Path outer) throws TreeException {
        if (inner.startsWith(outer)) {
            throw new TreeException(Reason.EXISTS, "the lower and the output directory must not contain one another");
        }
    }

    /** The attribute for a new file or directory, where the file system has permissions. */
    FileAttribute<?>[] ownerOnly(String permissions) {
        return has("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    /**
     * The status of a file; symbolic links are followed.
     *
     * @throws IOException as java.nio throws it: NoSuchFileException if it does not exist
     */
    public FileStatus status(Path file) throws IOException {
        Path real = file.toRealPath();
        BasicFileAttributes attributes = has("posix")
                ? Files.readAttributes(real, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                : Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return NioStatus.of(attributes, real, has("unix"));
    }

    /** Whether a path is a directory, and not a symbolic link to one. */
    static boolean isDirectory(Path path) throws IOException {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }
}
