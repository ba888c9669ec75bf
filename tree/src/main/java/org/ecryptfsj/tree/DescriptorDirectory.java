package org.ecryptfsj.tree;

import java.util.Optional;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.DirectoryReader;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.OpenDirectory;
import org.ecryptfsj.tree.TreeException.Reason;

/** A directory, used through its descriptor. */
final class DescriptorDirectory implements TreeDirectory {
    private static final int OWNER_ONLY = 0600;
    private static final int OWNER_ONLY_DIRECTORY = 0700;

    private final OpenDirectory directory;

    DescriptorDirectory(OpenDirectory directory) {
        this.directory = directory;
    }

    OpenDirectory opened() {
        return directory;
    }

    @Override
    public FileStatus status() throws TreeException {
        try {
            return directory.status();
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public Optional<FileStatus> status(FileName name) throws TreeException {
        try {
            return directory.status(name);
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public TreeDirectory openDirectory(FileName name) throws TreeException {
        try {
            return new DescriptorDirectory(directory.openDirectory(name));
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public TreeDirectory parent() throws TreeException {
        try {
            return new DescriptorDirectory(directory.parent());
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public TreeFile openFile(FileName name) throws TreeException {
        try {
            return DescriptorFile.regular(directory.openFile(name));
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public TreeFile openForWriting(FileName name) throws TreeException {
        try {
            return DescriptorFile.regular(directory.openForWriting(name));
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public TreeFile create(FileName name) throws TreeException {
        try {
            return DescriptorFile.regular(directory.create(name, OWNER_ONLY));
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public void createDirectory(FileName name) throws TreeException {
        ErrnoTranslation.run(() -> directory.createDirectory(name, OWNER_ONLY_DIRECTORY));
    }

    @Override
    public void createSymlink(FileName name, byte[] target) throws TreeException {
        try {
            directory.createSymlink(name, target);
        } catch (LinuxException e) {
            // So symlink(2) has it, of FAT and its like.
            throw e.errno() == Errno.EPERM
                    ? new TreeException(Reason.NOT_SUPPORTED, "the file system has no symbolic links", e)
                    : ErrnoTranslation.translate(e);
        }
    }

    @Override
    public byte[] readSymlink(FileName name) throws TreeException {
        try {
            return directory.readSymlink(name);
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public boolean remove(FileName name) throws TreeException {
        try {
            return directory.remove(name);
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public boolean removeDirectory(FileName name) throws TreeException {
        try {
            return directory.removeDirectory(name);
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    /** @param to of this class too */
    @Override
    public void rename(FileName name, TreeDirectory to, FileName newName) throws TreeException {
        OpenDirectory target = ((DescriptorDirectory) to).directory;
        ErrnoTranslation.run(() -> directory.rename(name, target, newName));
    }

    @Override
    public void setOwner(FileName name, int uid, int gid) throws TreeException {
        ErrnoTranslation.run(() -> directory.setOwner(name, uid, gid));
    }

    @Override
    public void setOwner(int uid, int gid) throws TreeException {
        ErrnoTranslation.run(() -> directory.asFile().setOwner(uid, gid));
    }

    @Override
    public void setMode(int mode) throws TreeException {
        ErrnoTranslation.run(() -> directory.asFile().setMode(mode));
    }

    @Override
    public void setModified(FileTimestamp time) throws TreeException {
        ErrnoTranslation.run(() -> directory.asFile().setModified(time));
    }

    @Override
    public void syncFileSystem() throws TreeException {
        ErrnoTranslation.run(() -> directory.asFile().descriptor().syncFileSystem());
    }

    @Override
    public NameReader names() {
        DirectoryReader reader = directory.entries();
        return new NameReader() {
            @Override
            public Optional<FileName> next() throws TreeException {
                try {
                    return reader.next();
                } catch (LinuxException e) {
                    throw ErrnoTranslation.translate(e);
                }
            }

            @Override
            public long position() {
                return reader.position();
            }

            @Override
            public void seek(long position) throws TreeException {
                ErrnoTranslation.run(() -> reader.seek(position));
            }
        };
    }

    @Override
    public void close() {
        directory.close();
    }
}
