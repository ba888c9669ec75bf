package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;

/**
 * A tree whose program is killed at its n-th change, and whose disk can lose any of the writes since the last sync, as a disk
 * whose power fails.
 */
final class StoppingTree {
    private final Deque<Undo> unsynced = new ArrayDeque<>();
    private long changesLeft;

    /** The program was killed. */
    static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Takes back a write. */
    @FunctionalInterface
    private interface Undo {
        void run() throws IOException;
    }

    /** @param changes that are done before the program is killed */
    StoppingTree(long changes) {
        this.changesLeft = changes;
    }

    /** Opens a directory; closed by the caller. */
    TreeDirectory open(Path directory) throws TreeException {
        return new Directory(DescriptorTrees.ofThisProcess().directory(ByteText.bytes(directory)), directory);
    }

    /** The disk loses some of the writes that it was not made to keep. */
    void losePower(Random random) throws IOException {
        while (!unsynced.isEmpty()) {
            Undo undo = unsynced.pop();
            if (random.nextBoolean()) {
                undo.run();
            }
        }
    }

    private void change() {
        if (changesLeft-- <= 0) {
            throw new Killed();
        }
    }

    private final class Directory implements TreeDirectory {
        private final TreeDirectory real;
        private final Path path;

        Directory(TreeDirectory real, Path path) {
            this.real = real;
            this.path = path;
        }

        private Path path(FileName name) {
            return path.resolve(ByteText.decode(name.bytes()));
        }

        @Override
        public FileStatus status() throws TreeException {
            return real.status();
        }

        @Override
        public Optional<FileStatus> status(FileName name) throws TreeException {
            return real.status(name);
        }

        @Override
        public TreeDirectory openDirectory(FileName name) throws TreeException {
            return new Directory(real.openDirectory(name), path(name));
        }

        @Override
        public TreeDirectory parent() throws TreeException {
            return new Directory(real.parent(), path.getParent());
        }

        @Override
        public TreeFile openFile(FileName name) throws TreeException {
            return real.openFile(name);
        }

        @Override
        public TreeFile openForWriting(FileName name) throws TreeException {
            return new File(real.openForWriting(name), path(name));
        }

        @Override
        public TreeFile create(FileName name) throws TreeException {
            throw new AssertionError("no file is created");
        }

        @Override
        public void createDirectory(FileName name) {
            throw new AssertionError("no directory is created");
        }

        @Override
        public void createSymlink(FileName name, byte[] target) throws TreeException {
            change();
            real.createSymlink(name, target);
        }

        @Override
        public byte[] readSymlink(FileName name) throws TreeException {
            return real.readSymlink(name);
        }

        @Override
        public boolean remove(FileName name) throws TreeException {
            change();
            return real.remove(name);
        }

        @Override
        public boolean removeDirectory(FileName name) {
            throw new AssertionError("no directory is removed");
        }

        @Override
        public void rename(FileName name, TreeDirectory to, FileName newName) throws TreeException {
            change();
            real.rename(name, ((Directory) to).real, newName);
        }

        @Override
        public void setOwner(FileName name, int uid, int gid) throws TreeException {
            change();
            real.setOwner(name, uid, gid);
        }

        @Override
        public void setOwner(int uid, int gid) {
            throw new AssertionError("no owner is changed");
        }

        @Override
        public void setMode(int mode) {
            throw new AssertionError("no mode is changed");
        }

        @Override
        public void setModified(FileTimestamp time) throws TreeException {
            change();
            real.setModified(time);
        }

        @Override
        public void syncFileSystem() {
            change();
            unsynced.clear();
        }

        @Override
        public NameReader names() {
            return real.names();
        }

        @Override
        public void close() {
            real.close();
        }
    }

    private final class File implements TreeFile {
        private final TreeFile real;
        private final Path path;

        File(TreeFile real, Path path) {
            this.real = real;
            this.path = path;
        }

        @Override
        public FileStatus status() throws TreeException {
            return real.status();
        }

        @Override
        public int read(long position, ByteBuffer into) throws TreeException {
            return real.read(position, into);
        }

        @Override
        public void write(long position, ByteBuffer from) throws TreeException {
            change();
            ByteBuffer before = ByteBuffer.allocateDirect(from.remaining());
            while (before.hasRemaining() && real.read(position + before.position(), before) > 0) {}
            byte[] old = new byte[before.flip().remaining()];
            before.get(old);
            unsynced.push(() -> {
                try (RandomAccessFile again = new RandomAccessFile(path.toFile(), "rw")) {
                    again.seek(position);
                    again.write(old);
                }
            });
            real.write(position, from);
        }

        @Override
        public void setSize(long size) {
            throw new AssertionError("no size is changed");
        }

        @Override
        public void setMode(int mode) {
            throw new AssertionError("no mode is changed");
        }

        @Override
        public void setOwner(int uid, int gid) {
            throw new AssertionError("no owner is changed");
        }

        @Override
        public void setModified(FileTimestamp time) throws TreeException {
            change();
            real.setModified(time);
        }

        @Override
        public Optional<ByteBuffer> attribute(String name, int maxBytes) throws TreeException {
            return real.attribute(name, maxBytes);
        }

        @Override
        public void setAttribute(String name, ByteBuffer value) throws TreeException {
            change();
            real.setAttribute(name, value);
        }

        @Override
        public long nextHole(long position) throws TreeException {
            return real.nextHole(position);
        }

        @Override
        public OptionalLong nextData(long position) throws TreeException {
            return real.nextData(position);
        }

        @Override
        public boolean tryLock() throws TreeException {
            return real.tryLock();
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
