package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import jnr.constants.platform.Errno;

/**
 * A directory held open. Its entries are opened by one name at a time and no symbolic link is followed. So nothing outside of it
 * is opened, even if other users rename or replace entries at the same time. The creator closes it.
 *
 * <p>Entries are opened by openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS where the kernel has it (5.6), else by
 * openat(2) with O_NOFOLLOW; for a single name both mean the same.
 */
public final class OpenDirectory implements AutoCloseable {
    private static final int AT_FDCWD = -100;
    private static final int AT_REMOVEDIR = 0x200;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final long RESOLVE_NO_MAGICLINKS = 0x02;
    private static final long RESOLVE_NO_SYMLINKS = 0x04;
    private static final long RESOLVE_BENEATH = 0x08;
    private static final int MAX_TARGET_BYTES = 4096;

    private static final int DIRECTORY_FLAGS =
            FileFlags.READ | FileFlags.DIRECTORY | FileFlags.NOFOLLOW | FileFlags.NONBLOCK | FileFlags.CLOEXEC;
    private static final int PATH_FLAGS = FileFlags.PATH | FileFlags.DIRECTORY | FileFlags.NOFOLLOW | FileFlags.CLOEXEC;
    private static final int FILE_FLAGS =
            FileFlags.NOFOLLOW | FileFlags.NONBLOCK | FileFlags.CLOEXEC | FileFlags.LARGE_FILE;

    private static final byte[] ROOT = terminated("/");
    private static final byte[] HERE = terminated(".");
    private static final byte[] PARENT = terminated("..");

    private static final ThreadLocal<ByteBuffer> HOW = ThreadLocal.withInitial(
            () -> ByteBuffer.allocateDirect(3 * Long.BYTES).order(ByteOrder.nativeOrder()));

    private static final boolean HAS_OPENAT2 = hasOpenat2();

    private final OpenFile file;

    private OpenDirectory(OpenFile file) {
        this.file = file;
    }

    /**
     * The root directory, as {@link #openPath}.
     *
     * @throws LinuxException if open(2) fails
     */
    public static OpenDirectory root() throws LinuxException {
        return directory(LibCFiles.INSTANCE.openat(AT_FDCWD, ROOT, PATH_FLAGS, 0), "/");
    }

    /**
     * The working directory of this process, as {@link #openPath}.
     *
     * @throws LinuxException if open(2) fails
     */
    public static OpenDirectory current() throws LinuxException {
        return directory(LibCFiles.INSTANCE.openat(AT_FDCWD, HERE, PATH_FLAGS, 0), ".");
    }

    /**
     * Opens a directory in it as a path component (O_PATH): it need not be readable, and its entries can be opened by name but
     * not listed.
     *
     * @throws LinuxException as {@link #openDirectory}
     */
    public OpenDirectory openPath(FileName name) throws LinuxException {
        return directory(open(name, PATH_FLAGS, 0), name.toString());
    }

    /**
     * The parent directory at this moment, as {@link #openPath}.
     *
     * @throws LinuxException if it cannot be opened
     */
    public OpenDirectory openParentPath() throws LinuxException {
        return directory(
                LibCFiles.INSTANCE.openat(number(), PARENT, PATH_FLAGS, 0),
                file.descriptor().name() + "/..");
    }

    /**
     * This same directory, opened for reading.
     *
     * @throws LinuxException EACCES if it is not readable
     */
    public OpenDirectory reopenForReading() throws LinuxException {
        return directory(
                LibCFiles.INSTANCE.openat(number(), HERE, DIRECTORY_FLAGS, 0),
                file.descriptor().name());
    }

    /**
     * The directory that a path leads to, symbolic links followed: for paths of this process's own user only.
     *
     * @param path its bytes
     * @throws LinuxException ENOENT, ENOTDIR, EACCES
     */
    public static OpenDirectory openFollowingLinks(byte[] path) throws LinuxException {
        return directory(
                LibCFiles.INSTANCE.openat(AT_FDCWD, terminated(path), DIRECTORY_FLAGS & ~FileFlags.NOFOLLOW, 0),
                FileName.printable(path));
    }

    /**
     * The file that a path leads to, symbolic links followed, for reading: for paths of this process's own user only. A pipe
     * or device is opened too, without waiting; {@link OpenFile#status} shows its type.
     *
     * @param path its bytes
     * @throws LinuxException ENOENT, EACCES
     */
    public static OpenFile openFileFollowingLinks(byte[] path) throws LinuxException {
        String shown = FileName.printable(path);
        int fd = LibCFiles.INSTANCE.openat(AT_FDCWD, terminated(path), FILE_FLAGS & ~FileFlags.NOFOLLOW, 0);
        return file(fd, "open", shown);
    }

    /**
     * Opens a directory in it.
     *
     * @throws LinuxException ENOENT; ENOTDIR if it is something else; ELOOP or ENOTDIR if it is a symbolic link
     */
    public OpenDirectory openDirectory(FileName name) throws LinuxException {
        return directory(open(name, DIRECTORY_FLAGS, 0), name.toString());
    }

    /**
     * The parent directory at this moment: compare its {@link FileStatus} with what is expected.
     *
     * @throws LinuxException if it cannot be opened
     */
    public OpenDirectory parent() throws LinuxException {
        return directory(
                LibCFiles.INSTANCE.openat(number(), PARENT, DIRECTORY_FLAGS, 0),
                file.descriptor().name() + "/..");
    }

    /**
     * Opens a file of any type in it for reading; does not wait for a pipe.
     *
     * @throws LinuxException ENOENT, EACCES; ELOOP if it is a symbolic link; ENXIO if it is a socket
     */
    public OpenFile openFile(FileName name) throws LinuxException {
        return file(open(name, FILE_FLAGS | FileFlags.READ, 0), "open", name.toString());
    }

    /**
     * Opens a file in it for reading and writing; does not wait for a pipe.
     *
     * @throws LinuxException ENOENT, EACCES; ELOOP if it is a symbolic link
     */
    public OpenFile openForWriting(FileName name) throws LinuxException {
        return file(open(name, FILE_FLAGS | FileFlags.READ_WRITE, 0), "open", name.toString());
    }

    /**
     * Creates a new file, open for reading and writing.
     *
     * @throws LinuxException EEXIST if the name exists
     */
    public OpenFile create(FileName name, int mode) throws LinuxException {
        int flags = FILE_FLAGS | FileFlags.READ_WRITE | FileFlags.CREATE | FileFlags.EXCLUSIVE;
        return file(open(name, flags, mode), "create", name.toString());
    }

    /**
     * Creates a new directory.
     *
     * @throws LinuxException EEXIST if the name exists
     */
    public void createDirectory(FileName name, int mode) throws LinuxException {
        require(LibCFiles.INSTANCE.mkdirat(number(), name.terminated(), mode), "create directory", name);
    }

    /**
     * Creates a symbolic link.
     *
     * @param target its bytes, kept as they are
     * @throws LinuxException EEXIST if the name exists
     */
    public void createSymlink(FileName name, byte[] target) throws LinuxException {
        require(LibCFiles.INSTANCE.symlinkat(terminated(target), number(), name.terminated()), "create link", name);
    }

    /**
     * The target of a symbolic link, byte for byte.
     *
     * @throws LinuxException EINVAL if it is not a symbolic link; ENAMETOOLONG if the target is longer than Linux allows
     */
    public byte[] readSymlink(FileName name) throws LinuxException {
        byte[] target = new byte[MAX_TARGET_BYTES];
        long size = LibCFiles.INSTANCE.readlinkat(number(), name.terminated(), target, target.length);
        if (size < 0) {
            throw LinuxException.last("read link " + name);
        }
        if (size == target.length) {
            throw new LinuxException("read link " + name, Errno.ENAMETOOLONG);
        }
        return Arrays.copyOf(target, (int) size);
    }

    /**
     * The status of an entry, of a symbolic link itself. It may be replaced before it is opened: after that, use the status of the opened file.
     *
     * @return empty if there is no such entry
     * @throws LinuxException if statx(2) fails
     */
    public Optional<FileStatus> status(FileName name) throws LinuxException {
        FileStatus status = LibCFiles.status(number(), name.terminated());
        if (status != null) {
            return Optional.of(status);
        }
        if (LinuxException.lastErrno() == Errno.ENOENT) {
            return Optional.empty();
        }
        throw LinuxException.last("stat " + name);
    }

    /** Its own status. */
    public FileStatus status() throws LinuxException {
        return file.status();
    }

    /**
     * Removes an entry that is not a directory.
     *
     * @return false if it does not exist
     * @throws LinuxException EISDIR if it is a directory
     */
    public boolean remove(FileName name) throws LinuxException {
        return remove(name, 0);
    }

    /**
     * Removes an empty directory.
     *
     * @return false if it does not exist
     * @throws LinuxException ENOTEMPTY; ENOTDIR if it is not a directory
     */
    public boolean removeDirectory(FileName name) throws LinuxException {
        return remove(name, AT_REMOVEDIR);
    }

    private boolean remove(FileName name, int flags) throws LinuxException {
        if (LibCFiles.INSTANCE.unlinkat(number(), name.terminated(), flags) == 0) {
            return true;
        }
        if (LinuxException.lastErrno() == Errno.ENOENT) {
            return false;
        }
        throw LinuxException.last("remove " + name);
    }

    /**
     * Moves an entry; an existing entry of the new name is replaced.
     *
     * @throws LinuxException EXDEV to another file system
     */
    public void rename(FileName name, OpenDirectory to, FileName newName) throws LinuxException {
        int rc = LibCFiles.INSTANCE.renameat(number(), name.terminated(), to.number(), newName.terminated());
        if (rc != 0) {
            throw LinuxException.last("rename " + name + " to " + newName);
        }
    }

    /**
     * Sets the owner of an entry, of a symbolic link itself.
     *
     * @throws LinuxException as {@link OpenFile#setOwner}
     */
    public void setOwner(FileName name, int uid, int gid) throws LinuxException {
        int rc = LibCFiles.INSTANCE.fchownat(number(), name.terminated(), uid, gid, AT_SYMLINK_NOFOLLOW);
        require(rc, "set the owner of", name);
    }

    /** The directory as an opened file: owner, mode and time. It is closed with this one. */
    public OpenFile asFile() {
        return file;
    }

    /**
     * A reader of its entries, from the first on; one at a time.
     *
     * @return valid as long as this is open
     */
    public DirectoryReader entries() {
        return new DirectoryReader(file.descriptor());
    }

    private int open(FileName name, int flags, int mode) {
        if (!HAS_OPENAT2) {
            return LibCFiles.INSTANCE.openat(number(), name.terminated(), flags, mode);
        }
        return openat2(number(), name.terminated(), flags, mode);
    }

    private static int openat2(int directory, byte[] name, int flags, int mode) {
        ByteBuffer how = HOW.get().clear();
        how.putLong(Integer.toUnsignedLong(flags)).putLong(mode);
        how.putLong(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
                .flip();
        return (int) LibCFiles.INSTANCE.syscall(LibCFiles.NR_OPENAT2, directory, name, how, how.remaining());
    }

    /** Old kernels return ENOSYS, and seccomp filters of old containers EPERM. */
    private static boolean hasOpenat2() {
        int fd = openat2(AT_FDCWD, HERE, FileFlags.PATH | FileFlags.CLOEXEC, 0);
        if (fd >= 0) {
            LibC.INSTANCE.close(fd);
        }
        return fd >= 0;
    }

    private static OpenDirectory directory(int fd, String shown) throws LinuxException {
        return new OpenDirectory(file(fd, "open directory", shown));
    }

    private static OpenFile file(int fd, String call, String shown) throws LinuxException {
        if (fd < 0) {
            throw LinuxException.last(call + " " + shown);
        }
        return new OpenFile(new Descriptor(fd, shown));
    }

    private void require(int rc, String call, FileName name) throws LinuxException {
        if (rc != 0) {
            throw LinuxException.last(call + " " + name);
        }
    }

    private int number() {
        return file.descriptor().number();
    }

    private static byte[] terminated(byte[] path) {
        for (byte b : path) {
            if (b == 0) {
                throw new IllegalArgumentException("a path has no zero byte");
            }
        }
        return Arrays.copyOf(path, path.length + 1);
    }

    private static byte[] terminated(String path) {
        return terminated(path.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() {
        file.close();
    }

    @Override
    public String toString() {
        return file.descriptor().toString();
    }
}
