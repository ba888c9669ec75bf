package org.ecryptfsj.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileWriterTest {
    @TempDir
    Path directory;

    private static ByteBuffer content(String text) {
        return StandardCharsets.UTF_8.encode(text);
    }

    @Test
    void aFileIsCreatedAndReplacedWithItsPermissionsAndLeavesNoTemporaryFile() throws IOException {
        Path file = directory.resolve("file");
        new AtomicFileWriter().replace(file, content("old"), "rw-------");
        new AtomicFileWriter().replace(file, content("new"), "rw-rw-rw-");

        assertThat(file).hasContent("new");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-rw-rw-");
        assertThat(directory).isDirectoryContaining(file::equals);
        assertThat(directory.toFile().list()).hasSize(1);
    }

    @Test
    void aSymbolicLinkIsReplacedAndItsTargetUnchanged() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "unchanged");
        Path file = Files.createSymbolicLink(directory.resolve("file"), target);
        new AtomicFileWriter().replace(file, content("new"), "rw-------");

        assertThat(target).hasContent("unchanged");
        assertThat(file).isRegularFile().hasContent("new");
        assertThat(Files.isSymbolicLink(file)).isFalse();
    }

    @Test
    void aReplacementThatFailsLeavesTheOldFileAndNoTemporaryFile() throws IOException {
        Path occupied = Files.createDirectory(directory.resolve("occupied"));
        Files.writeString(occupied.resolve("entry"), "");

        assertThatThrownBy(() -> new AtomicFileWriter().replace(occupied, content("new"), "rw-------"))
                .isInstanceOf(IOException.class);
        assertThat(occupied).isDirectoryContaining("glob:**entry");
        assertThat(directory.toFile().list()).containsExactly("occupied");
    }

    @Test
    void aMissingDirectoryIsReported() {
        assertThatThrownBy(
                        () -> new AtomicFileWriter().replace(directory.resolve("none/file"), content(""), "rw-------"))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void anExistingFileIsNotCreatedAgain() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "old");

        assertThatThrownBy(() -> new AtomicFileWriter().create(file, content("new"), "rw-------"))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(file).hasContent("old");
    }

    @Test
    void aFileIsAddedAsAWholeAndOnlyIfThereIsNone() throws IOException {
        Path file = directory.resolve("file");
        new AtomicFileWriter().add(file, content("first"), "rw-r-----");

        assertThatThrownBy(() -> new AtomicFileWriter().add(file, content("second"), "rw-------"))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(file).hasContent("first");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        assertThat(directory.toFile().list()).containsExactly("file");
    }

    @Test
    void leftoversOfAnInterruptedWriteAreDeletedAndNothingElse() throws IOException {
        Files.writeString(directory.resolve("file"), "complete");
        Files.writeString(directory.resolve(".file." + UUID.randomUUID() + ".new"), "incomplete");
        Files.writeString(directory.resolve(".other." + UUID.randomUUID() + ".new"), "of another file");
        Files.writeString(directory.resolve(".file.new"), "of another program");

        new AtomicFileWriter().deleteLeftovers(directory.resolve("file"));
        new AtomicFileWriter().deleteLeftovers(directory.resolve("missing").resolve("file"));

        assertThat(directory.toFile().list()).hasSize(3).contains("file", ".file.new");
    }
}
