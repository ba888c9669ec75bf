package org.ecryptfsj.tree;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;
import org.ecryptfsj.tree.TreeException.Reason;

/**
 * A directory by java.nio: an open one where java.nio has secure directories, else its path. It stays open until it and all files
 * that were opened in it are closed, because their attributes are read through it.
 */
final class NioDirectory implements TreeDirectory {
    private final NioTrees trees;
    private final Path path;
    private final Optional<SecureDirectoryStream<Path>> secure;
    private Optional<NioNames> reader = Optional.empty();

    /** How many files need it, and its opener until it is closed. */
    private int users = 1;

    private boolean closed;

    private NioDirectory(NioTrees trees, Path path, Optional<SecureDirectoryStream<Path>> secure) {
        this.trees = trees;
        this.path = path;
        this.secure = secure;
    }

    /** @param path without symbolic links */
    @SuppressWarnings("StreamResourceLeak") // closed with the directory
    static NioDirectory open(NioTrees trees, Path path) throws IOException {
        return of(trees, path, Files.newDirectoryStream(path));
    }

    private static NioDirectory of(NioTrees trees, Path path, DirectoryStream<Path> opened) throws IOException {
        if (opened instanceof SecureDirectoryStream<Path> open) {
            return new NioDirectory(trees, path, Optional.of(open));
        }
        opened.close();
        return new NioDirectory(trees, path, Optional.empty());
    }

    /** Its path when it was opened. */
    Path path() {
        return path;
    }

    NioTrees trees() {
        return trees;
    }

    private Path name(FileName name) {
        return trees.paths().path(name);
    }

    @Override
    public FileStatus status() throws TreeException {
        return NioErrors.call(() -> NioStatus.of(attributes(view()), path, trees.has("unix")));
    }

    @Override
    public Optional<FileStatus> status(FileName name) throws TreeException {
        return NioErrors.call(() -> {
            try {
                return Optional.of(status(name(name)));
            } catch (NoSuchFileException e) {
                return Optional.<FileStatus>empty();
            }
        });
    }

    FileStatus status(Path name) throws IOException {
        return NioStatus.of(attributes(view(name)), path.resolve(name), trees.has("unix"));
    }

    private static BasicFileAttributes attributes(BasicFileAttributeView view) throws IOException {
        return view.readAttributes();
    }

    /** The attributes of an entry, of a symbolic link itself: with permissions where the file system has them. */
    BasicFileAttributeView view(Path name) {
        Class<? extends BasicFileAttributeView> type = viewType();
        return secure.isPresent()
                ? secure.get().getFileAttributeView(name, type, LinkOption.NOFOLLOW_LINKS)
                : Files.getFileAttributeView(path.resolve(name), type, LinkOption.NOFOLLOW_LINKS);
    }

    private BasicFileAttributeView view() {
        return secure.isPresent()
                ? secure.get().getFileAttributeView(viewType())
                : Files.getFileAttributeView(path, viewType(), LinkOption.NOFOLLOW_LINKS);
    }

    private Class<? extends BasicFileAttributeView> viewType() {
        return trees.has("posix") ? PosixFileAttributeView.class : BasicFileAttributeView.class;
    }

    @Override
    public TreeDirectory openDirectory(FileName name) throws TreeException {
        return NioErrors.call(() -> {
            Path entry = name(name);
            if (secure.isPresent()) {
                return of(
                        trees, path.resolve(entry), secure.get().newDirectoryStream(entry, LinkOption.NOFOLLOW_LINKS));
            }
            if (status(entry).isSymlink()) {
                throw new TreeException(Reason.SYMLINK, Reason.SYMLINK.text());
            }
            if (!NioTrees.isDirectory(path.resolve(entry))) {
                throw new NotDirectoryException(name.toString());
            }
            return open(trees, path.resolve(entry));
        });
    }

    @Override
    public TreeDirectory parent() throws TreeException {
        return NioErrors.call(() -> open(trees, path.getParent() == null ? path : path.getParent()));
    }

    @Override
    public TreeFile openFile(FileName name) throws TreeException {
        return NioErrors.call(() -> open(name));
    }

    NioFile open(FileName name) throws IOException {
        return regular(name, StandardOpenOption.READ);
    }

    @Override
    public TreeFile openForWriting(FileName name) throws TreeException {
        return NioErrors.call(() -> regular(name, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    /** Its type is looked at first: opening a pipe would wait for a writer. */
    private NioFile regular(FileName name, OpenOption... options) throws IOException {
        Path entry = name(name);
        FileStatus status = status(entry);
        if (status.isSymlink()) {
            throw new TreeException(Reason.SYMLINK, Reason.SYMLINK.text());
        }
        if (!status.isRegular()) {
            throw new TreeException(
                    Reason.NOT_A_FILE, status.isDirectory() ? "Is a directory" : "it is a device, a pipe or a socket");
        }
        return new NioFile(this, entry, channel(entry, options));
    }

    @Override
    public TreeFile create(FileName name) throws TreeException {
        return NioErrors.call(() -> {
            Path entry = name(name);
            OpenOption[] options = {StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE};
            return new NioFile(this, entry, channel(entry, options, trees.ownerOnly("rw-------")));
        });
    }

    private FileChannel channel(Path entry, OpenOption[] options, FileAttribute<?>... attributes) throws IOException {
        Set<OpenOption> all = new HashSet<>(Set.of(options));
        all.add(LinkOption.NOFOLLOW_LINKS);
        // The channels of files are file channels with the providers of the Java runtime.
        return secure.isPresent()
                ? (FileChannel) secure.get().newByteChannel(entry, all, attributes)
                : FileChannel.open(path.resolve(entry), all, attributes);
    }

    @Override
    public void createDirectory(FileName name) throws TreeException {
        NioErrors.run(() -> Files.createDirectory(path.resolve(name(name)), trees.ownerOnly("rwx------")));
    }

    @Override
    public void createSymlink(FileName name, byte[] target) throws TreeException {
        NioErrors.run(() ->
                Files.createSymbolicLink(path.resolve(name(name)), trees.paths().target(target)));
    }

    @Override
    public byte[] readSymlink(FileName name) throws TreeException {
        return NioErrors.call(() -> trees.paths().bytes(Files.readSymbolicLink(path.resolve(name(name)))));
    }

    @Override
    public boolean remove(FileName name) throws TreeException {
        return NioErrors.call(() -> {
            Path entry = name(name);
            if (status(name).isEmpty()) {
                return false;
            }
            if (secure.isPresent()) {
                secure.get().deleteFile(entry);
            } else {
                Files.delete(path.resolve(entry));
            }
            return true;
        });
    }

    @Override
    public boolean removeDirectory(FileName name) throws TreeException {
        return NioErrors.call(() -> {
            Path entry = name(name);
            if (status(name).isEmpty()) {
                return false;
            }
            if (secure.isPresent()) {
                secure.get().deleteDirectory(entry);
            } else {
                Files.delete(path.resolve(entry));
            }
            return true;
        });
    }

    /** @param to of this class too */
    @Override
    public void rename(FileName name, TreeDirectory to, FileName newName) throws TreeException {
        NioDirectory target = (NioDirectory) to;
        NioErrors.run(() -> {
            Path from = name(name);
            Path under = target.name(newName);
            if (secure.isPresent() && target.secure.isPresent()) {
                secure.get().move(from, target.secure.get(), under);
            } else {
                Files.move(
                        path.resolve(from),
                        target.path.resolve(under),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            }
            trees.moved(path.resolve(from), target, under);
        });
    }

    @Override
    public void setOwner(FileName name, int uid, int gid) throws TreeException {
        throw noOwners();
    }

    @Override
    public void setOwner(int uid, int gid) throws TreeException {
        throw noOwners();
    }

    static TreeException noOwners() {
        return new TreeException(Reason.NOT_SUPPORTED, "owners are not set here");
    }

    @Override
    public void setMode(int mode) throws TreeException {
        setMode(view(), mode, true);
    }

    static void setMode(BasicFileAttributeView view, int mode, boolean directory) throws TreeException {
        if (view instanceof PosixFileAttributeView posix) {
            NioErrors.run(() -> posix.setPermissions(NioStatus.permissions(mode)));
        } else if (mode != NioStatus.modeWithoutModes(directory)) {
            throw new TreeException(Reason.NOT_SUPPORTED, "the file system has no modes");
        }
    }

    @Override
    public void setModified(FileTimestamp time) throws TreeException {
        NioErrors.run(() -> view().setTimes(NioStatus.time(time), null, null));
    }

    @Override
    public void syncFileSystem() throws TreeException {
        throw new TreeException(Reason.NOT_SUPPORTED, "java.nio cannot write a whole file system to the disk");
    }

    @Override
    public NameReader names() {
        reader.ifPresent(NioNames::close);
        NioNames names = new NioNames(trees.paths(), this::entries);
        reader = Optional.of(names);
        return names;
    }

    @SuppressWarnings("StreamResourceLeak") // closed by the reader of the names
    private DirectoryStream<Path> entries() throws IOException {
        return secure.isPresent()
                ? secure.get().newDirectoryStream(path.getFileSystem().getPath("."), LinkOption.NOFOLLOW_LINKS)
                : Files.newDirectoryStream(path);
    }

    /** Keeps it open for a file, until {@link #release}. */
    synchronized void retain() {
        users++;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            release();
        }
    }

    /** A file does not need it any more. */
    synchronized void release() {
        users--;
        if (users == 0) {
            reader.ifPresent(NioNames::close);
            secure.ifPresent(NioNames::closeStream);
        }
    }
}
