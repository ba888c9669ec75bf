package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class OpenDirectoryTest {
    private static final FileName FILE = FileName.of("file");
    private static final FileName LINK = FileName.of("link");

    @TempDir
    Path path;

    private OpenDirectory directory;

    @BeforeEach
    void open() throws Exception {
        directory = OpenDirectory.openFollowingLinks(path.toString().getBytes(StandardCharsets.UTF_8));
    }

    @AfterEach
    void close() {
        directory.close();
    }

    @Test
    void aSymbolicLinkIsNeitherOpenedAsAFileNorAsADirectory() throws Exception {
        Files.writeString(path.resolve("file"), "text");
        Files.createSymbolicLink(path.resolve("link"), Path.of("file"));
        Files.createSymbolicLink(path.resolve("dirlink"), Path.of("."));

        assertThatThrownBy(() -> directory.openFile(LINK)).hasMessageContaining("ELOOP");
        assertThatThrownBy(() -> directory.openForWriting(LINK)).hasMessageContaining("ELOOP");
        assertThatThrownBy(() -> directory.openDirectory(FileName.of("dirlink")))
                .hasMessageMatching(".*(ELOOP|ENOTDIR).*");
        assertThat(directory.status(LINK).orElseThrow().type()).isEqualTo(FileStatus.Type.SYMLINK);
    }

    @Test
    @Timeout(20)
    void aPipeIsOpenedWithoutWaitingAndSeenInItsStatus() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", path.resolve("file").toString())
                        .start()
                        .waitFor())
                .isZero();

        try (OpenFile pipe = directory.openFile(FILE)) {
            assertThat(pipe.status().type()).isEqualTo(FileStatus.Type.FIFO);
        }
    }

    @Test
    void attributesAreSetOnTheOpenFileEvenIfItWasRenamed() throws Exception {
        try (OpenFile file = directory.create(FILE, 0600)) {
            directory.rename(FILE, directory, FileName.of("moved"));
            Files.writeString(path.resolve("file"), "another");
            Files.setPosixFilePermissions(path.resolve("file"), java.util.Set.of());
            file.write(3, ByteBuffer.allocateDirect(2));
            file.setMode(0640);
            file.setModified(new FileTimestamp(1_000_000_000L, 123_456_789));

            FileStatus status = file.status();
            assertThat(status.mode()).isEqualTo(0640);
            assertThat(status.size()).isEqualTo(5);
            assertThat(status.modified()).isEqualTo(new FileTimestamp(1_000_000_000L, 123_456_789));
            assertThat(status.isSameFile(directory.status(FileName.of("moved")).orElseThrow()))
                    .isTrue();
            assertThat(directory.status(FILE).orElseThrow().mode()).isZero();
        }
    }

    @Test
    void holesAreDistinguishedFromData() throws Exception {
        try (OpenFile file = directory.create(FILE, 0600)) {
            ByteBuffer block = ByteBuffer.allocateDirect(4096);
            file.write(0, block);
            file.setSize(1L << 40);

            assertThat(file.nextHole(0)).isBetween(4096L, 1L << 30);
            assertThat(file.nextData(1L << 30)).isEmpty();
            assertThat(file.nextData(0)).hasValue(0);

            file.write((1L << 40) - 4096, block.flip());
            assertThat(file.nextData(1L << 30)).isPresent();
        }
    }

    @Test
    void statusIsWhatJavaSaysToo() throws Exception {
        Path file = Files.writeString(path.resolve("file"), "text");
        Files.createLink(path.resolve("second"), file);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_123L));

        FileStatus status = directory.status(FILE).orElseThrow();

        assertThat(status.inode()).isEqualTo((Long) Files.getAttribute(file, "unix:ino"));
        assertThat(status.uid()).isEqualTo((Integer) Files.getAttribute(file, "unix:uid"));
        assertThat(status.gid()).isEqualTo((Integer) Files.getAttribute(file, "unix:gid"));
        assertThat(status.links()).isEqualTo(2);
        assertThat(status.size()).isEqualTo(4);
        assertThat(status.modified()).isEqualTo(new FileTimestamp(1_700_000_000L, 123_000_000));
        assertThat(directory.status(FileName.of("none"))).isEqualTo(Optional.empty());
    }

    @Test
    void aTargetIsKeptByteForByte() throws Exception {
        byte[] target = {'a', '/', '/', 'b', (byte) 0xff, '/'};

        directory.createSymlink(LINK, target);

        assertThat(directory.readSymlink(LINK)).isEqualTo(target);
    }

    @Test
    void aNameIsAnyBytesButNeverLeadsOutOfItsDirectory() throws Exception {
        FileName odd = FileName.of(new byte[] {(byte) 0xff, '\n', 27});
        directory.create(odd, 0600).close();

        assertThat(names(directory.entries())).containsExactly(odd);
        assertThat(odd).hasToString("\ufffd\\x0a\\x1b");
        for (String none : List.of("", ".", "..", "a/b", "/", "a\0")) {
            assertThatThrownBy(() -> FileName.of(none)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void readingContinuesAtAnEarlierPosition() throws Exception {
        for (int i = 0; i < 2000; i++) {
            directory.create(FileName.of("name-" + i + "-".repeat(60)), 0600).close();
        }
        DirectoryReader reader = directory.entries();
        for (int i = 0; i < 700; i++) {
            assertThat(reader.next()).isPresent();
        }
        long place = reader.position();
        List<FileName> rest = names(reader);
        assertThat(rest).hasSize(1300);

        DirectoryReader second = directory.entries();
        second.seek(place);

        assertThat(names(second)).isEqualTo(rest);
    }

    @Test
    void theParentIsTheContainingDirectory() throws Exception {
        directory.createDirectory(FileName.of("sub"), 0700);

        try (OpenDirectory sub = directory.openDirectory(FileName.of("sub"));
                OpenDirectory parent = sub.parent()) {
            assertThat(parent.status().isSameFile(directory.status())).isTrue();
        }
    }

    @Test
    void statusIsThatOfTheOpenFile() throws Exception {
        try (OpenFile file = directory.create(FILE, 0640)) {
            file.setMode(0640);
            FileStatus status = file.descriptor().status();

            assertThat(status.isRegular()).isTrue();
            assertThat(status.uid()).isEqualTo(Account.effectiveUid());
            assertThat(status.mode() & FileStatus.OTHERS).isEqualTo(040);
        }
    }

    private static List<FileName> names(DirectoryReader reader) throws LinuxException {
        List<FileName> names = new ArrayList<>();
        for (Optional<FileName> name = reader.next(); name.isPresent(); name = reader.next()) {
            names.add(name.get());
        }
        return names;
    }
}
