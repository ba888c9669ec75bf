package org.ecryptfsj.tree;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.OpenFile;

/** A file, used through its descriptor. */
final class DescriptorFile implements TreeFile {
    private final OpenFile file;

    private DescriptorFile(OpenFile file) {
        this.file = file;
    }

    /** Takes over a regular file; any other file is closed and refused. */
    static DescriptorFile regular(OpenFile file) throws TreeException {
        DescriptorFile result = new DescriptorFile(file);
        boolean isRegular = false;
        try {
            FileStatus status = result.status();
            isRegular = status.isRegular();
            if (!isRegular) {
                throw new TreeException(
                        TreeException.Reason.NOT_A_FILE,
                        status.isDirectory() ? "Is a directory" : "it is a device, a pipe or a socket");
            }
        } finally {
            if (!isRegular) {
                file.close();
            }
        }
        return result;
    }

    @Override
    public FileStatus status() throws TreeException {
        try {
            return file.status();
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public int read(long position, ByteBuffer into) throws TreeException {
        try {
            return file.read(position, into);
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public void write(long position, ByteBuffer from) throws TreeException {
        try {
            file.write(position, from);
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public void setSize(long size) throws TreeException {
        ErrnoTranslation.run(() -> file.setSize(size));
    }

    @Override
    public void setMode(int mode) throws TreeException {
        ErrnoTranslation.run(() -> file.setMode(mode));
    }

    @Override
    public void setOwner(int uid, int gid) throws TreeException {
        ErrnoTranslation.run(() -> file.setOwner(uid, gid));
    }

    @Override
    public void setModified(FileTimestamp time) throws TreeException {
        ErrnoTranslation.run(() -> file.setModified(time));
    }

    @Override
    public Optional<ByteBuffer> attribute(String name, int maxBytes) throws TreeException {
        ByteBuffer value = ByteBuffer.allocateDirect(maxBytes);
        try {
            return file.attribute(name, value).isPresent() ? Optional.of(value.flip()) : Optional.empty();
        } catch (LinuxException e) {
            if (e.errno() == Errno.ERANGE) {
                return Optional.empty();
            }
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public void setAttribute(String name, ByteBuffer value) throws TreeException {
        ErrnoTranslation.run(() -> file.setAttribute(name, value));
    }

    @Override
    public long nextHole(long position) throws TreeException {
        try {
            return file.nextHole(position);
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public OptionalLong nextData(long position) throws TreeException {
        try {
            return file.nextData(position);
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public boolean tryLock() throws TreeException {
        try {
            return file.tryLock();
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
