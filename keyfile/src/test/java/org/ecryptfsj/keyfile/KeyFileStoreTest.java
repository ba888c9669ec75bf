package org.ecryptfsj.keyfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;
import org.ecryptfsj.keyfile.KeyFileException.Reason;
import org.ecryptfsj.keyfile.TestFiles.Device;
import org.ecryptfsj.protector.Protector.Interaction;
import org.ecryptfsj.tree.AtomicFileWriter;
import org.ecryptfsj.tree.FileChanges;
import org.ecryptfsj.tree.UntrustedFileException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFileStoreTest {
    @TempDir
    private Path directory;

    private final KeyFileStore store = new KeyFileStore();
    private final Device device = new Device("device", Interaction.NONE);
    private UnlockedKeyFile made;
    private Path path;

    /** As SIGKILL ends a program: nothing of it runs any more. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** The steps on this machine, until the program is killed, or a step fails. */
    private static final class Interrupted implements FileChanges {
        private final FileChanges real = FileChanges.ofThisMachine();
        private final int last;
        private final Optional<String> failing;
        private int done;

        Interrupted(int last, Optional<String> failing) {
            this.last = last;
            this.failing = failing;
        }

        private void step(String name) throws IOException {
            if (failing.filter(name::equals).isPresent()) {
                throw new IOException("No space left on device");
            }
            if (done++ >= last) {
                throw new Killed();
            }
        }

        @Override
        public FileChannel create(Path file) throws IOException {
            step("create");
            return real.create(file);
        }

        @Override
        public void write(FileChannel file, ByteBuffer content) throws IOException {
            step("write");
            real.write(file, half(content));
            step("write the rest");
            real.write(file, content);
        }

        private static ByteBuffer half(ByteBuffer content) {
            ByteBuffer half = content.slice(content.position(), content.remaining() / 2);
            content.position(content.position() + half.remaining());
            return half;
        }

        @Override
        public void setPermissions(Path file, String permissions) throws IOException {
            step("set permissions");
            real.setPermissions(file, permissions);
        }

        @Override
        public void sync(FileChannel file) throws IOException {
            step("sync");
            real.sync(file);
        }

        @Override
        public void rename(Path file, Path over) throws IOException {
            step("rename");
            real.rename(file, over);
        }

        @Override
        public void link(Path file, Path name) throws IOException {
            step("link");
            real.link(file, name);
        }

        @Override
        public void syncDirectory(Path synced) throws IOException {
            step("sync directory");
            real.syncDirectory(synced);
        }

        @Override
        public void remove(Path file) throws IOException {
            step("remove");
            real.remove(file);
        }
    }

    @BeforeEach
    void make() throws Exception {
        made = TestFiles.unlocked();
        TestFiles.add(made, device);
        path = directory.resolve("secret.key");
    }

    @AfterEach
    void wipe() {
        made.close();
    }

    @Test
    void aFileThatIsWrittenIsReadAndIsItsOwnersOnly() throws Exception {
        KeyFile written = made.file();
        store.create(path, written);

        assertThat(store.read(path).bytes()).isEqualTo(written.bytes());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
        assertThat(names()).containsExactly("secret.key");
    }

    @Test
    void aFileThatExistsIsNotOverwrittenByANewOne() throws Exception {
        KeyFile first = made.file();
        store.create(path, first);

        assertThatThrownBy(() -> store.create(path, made.file())).satisfies(e -> isReason(e, Reason.EXISTS));
        assertThat(store.read(path).bytes()).isEqualTo(first.bytes());
        assertThat(names()).containsExactly("secret.key");
    }

    @Test
    void aFileThatIsNotThereIsSaidSo() {
        assertThatThrownBy(() -> store.read(path)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aFileOrDirectoryThatOthersMayWriteIsRefused() throws Exception {
        store.create(path, made.file());
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));

        assertThatThrownBy(() -> store.read(path)).isInstanceOf(UntrustedFileException.class);
        assertThatThrownBy(() -> store.replace(path, made.file(), made.file()))
                .isInstanceOf(UntrustedFileException.class);

        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> store.read(path)).isInstanceOf(UntrustedFileException.class);
        assertThatThrownBy(() -> store.create(directory.resolve("other.key"), made.file()))
                .isInstanceOf(UntrustedFileException.class);
    }

    @Test
    void aFileThatIsTooLongIsNotRead() throws Exception {
        Files.write(path, new byte[KeyFileV1.MOST_FILE_BYTES * 2]);

        assertThatThrownBy(() -> store.read(path)).satisfies(e -> isReason(e, Reason.MALFORMED));
    }

    @Test
    void aFileBehindALinkIsReplacedWhereItIs() throws Exception {
        Path real = Files.createDirectory(directory.resolve("keys")).resolve("real.key");
        KeyFile before = made.file();
        store.create(real, before);
        Files.createSymbolicLink(path, real);
        KeyFile after = made.file();
        store.replace(path, before, after);

        assertThat(Files.isSymbolicLink(path)).isTrue();
        assertThat(store.read(real).bytes()).isEqualTo(after.bytes());
    }

    @Test
    void aFileThatAnotherProgramChangedMeanwhileIsNotReplaced() throws Exception {
        KeyFile before = made.file();
        store.create(path, before);
        KeyFile others = made.file();
        store.replace(path, before, others);

        assertThatThrownBy(() -> store.replace(path, before, made.file())).satisfies(e -> isReason(e, Reason.CHANGED));
        assertThat(store.read(path).bytes()).isEqualTo(others.bytes());
    }

    @Test
    void aFileThatIsBeingChangedIsNotReplaced() throws Exception {
        KeyFile before = made.file();
        store.create(path, before);
        try (FileChannel other = FileChannel.open(path, StandardOpenOption.WRITE);
                var lock = other.lock()) {
            assertThat(lock.isValid()).isTrue();
            assertThatThrownBy(() -> store.replace(path, before, made.file()))
                    .satisfies(e -> isReason(e, Reason.CHANGED));
        }
        assertThat(store.read(path).bytes()).isEqualTo(before.bytes());
    }

    @Test
    void killedBetweenAnyTwoStepsTheOldOrTheNewFileIsThereAsAWhole() throws Exception {
        KeyFile before = made.file();
        KeyFile after = made.file();
        boolean killed = true;
        int seenOld = 0;
        int seenNew = 0;
        for (int steps = 0; killed; steps++) {
            Files.deleteIfExists(path);
            store.create(path, before);
            killed = false;
            try {
                interrupted(steps, Optional.empty()).replace(path, before, after);
            } catch (Killed e) {
                killed = true;
            }

            KeyFile there = store.read(path);
            assertThat(there.bytes()).as("killed after %s steps", steps).isIn(before.bytes(), after.bytes());
            there.unlock(made.fileKey()).close();
            seenOld += there.hasBytes(before.bytes()) ? 1 : 0;
            seenNew += there.hasBytes(after.bytes()) ? 1 : 0;
        }
        assertThat(seenOld).isGreaterThan(3);
        assertThat(seenNew).isGreaterThan(1);
    }

    @Test
    void killedBetweenAnyTwoStepsANewFileIsThereAsAWholeOrNotAtAll() throws Exception {
        KeyFile file = made.file();
        boolean killed = true;
        int absent = 0;
        for (int steps = 0; killed; steps++) {
            Files.deleteIfExists(path);
            killed = false;
            try {
                interrupted(steps, Optional.empty()).create(path, file);
            } catch (Killed e) {
                killed = true;
            }

            if (Files.exists(path)) {
                assertThat(store.read(path).bytes())
                        .as("killed after %s steps", steps)
                        .isEqualTo(file.bytes());
            } else {
                absent++;
            }
        }
        assertThat(absent).isGreaterThan(3);
        assertThat(path).exists();
    }

    @Test
    void aStepThatFailsLeavesTheOldFileAndNothingElse() throws Exception {
        KeyFile before = made.file();
        store.create(path, before);
        for (String failing : new String[] {"create", "write", "write the rest", "sync", "rename"}) {
            KeyFileStore full = interrupted(Integer.MAX_VALUE, Optional.of(failing));

            assertThatThrownBy(() -> full.replace(path, before, made.file()))
                    .as(failing)
                    .isInstanceOf(IOException.class)
                    .hasMessage("No space left on device");
            assertThat(store.read(path).bytes()).isEqualTo(before.bytes());
            assertThat(names()).as(failing).containsExactly("secret.key");
        }
    }

    private static KeyFileStore interrupted(int last, Optional<String> failing) {
        return new KeyFileStore(new AtomicFileWriter(new Interrupted(last, failing)));
    }

    private Stream<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        }
    }

    private static void isReason(Throwable e, Reason reason) {
        assertThat(e).isInstanceOf(KeyFileException.class);
        assertThat(((KeyFileException) e).reason()).isEqualTo(reason);
    }
}
