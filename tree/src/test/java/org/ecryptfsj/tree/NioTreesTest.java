package org.ecryptfsj.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import com.google.common.jimfs.PathNormalization;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileTimestamp;
import org.ecryptfsj.tree.FileTrees.Output;
import org.ecryptfsj.tree.TreeException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On Linux with secure directories, and on file systems as Windows and macOS have them. */
class NioTreesTest {
    private static final FileName FILE = FileName.of("file");
    private static final FileName DIRECTORY = FileName.of("dir");
    private static final FileName LINK = FileName.of("link");

    @TempDir
    Path temporary;

    /** Where a tree is. */
    enum Place {
        LINUX,
        WINDOWS,
        MAC;

        /** An empty directory there. */
        Path create(Path temporary) throws IOException {
            return switch (this) {
                case LINUX -> Files.createDirectory(temporary.resolve("tree"));
                case WINDOWS ->
                    Files.createDirectory(
                            Jimfs.newFileSystem(Configuration.windows()).getPath("C:\\tree"));
                case MAC ->
                    Files.createDirectory(Jimfs.newFileSystem(Configuration.osX().toBuilder()
                                    .setPathEqualityUsesCanonicalForm(true)
                                    .setNameCanonicalNormalization(
                                            PathNormalization.NFD, PathNormalization.CASE_FOLD_ASCII)
                                    .build())
                            .getPath("/tree"));
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFileIsWrittenAndRead(Place place) throws Exception {
        try (TreeDirectory top = open(place.create(temporary))) {
            try (TreeFile file = top.create(FILE)) {
                file.write(0, direct("hello"));
                file.setSize(10);
                file.setModified(new FileTimestamp(1_000_000_000, 0));
                assertThat(file.status().size()).isEqualTo(10);
                assertThat(file.status().modified().seconds()).isEqualTo(1_000_000_000);
                assertThat(file.tryLock()).isTrue();
            }
            assertThatThrownBy(() -> top.create(FILE)).matches(is(Reason.EXISTS));
            try (TreeFile file = top.openFile(FILE)) {
                assertThat(text(file)).isEqualTo("hello\0\0\0\0\0");
            }
            assertThat(top.remove(FILE)).isTrue();
            assertThat(top.remove(FILE)).isFalse();
            assertThat(top.status(FILE)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFileThatIsMovedWhileItIsOpenKeepsItsStatus(Place place) throws Exception {
        try (TreeDirectory top = open(place.create(temporary))) {
            top.createDirectory(DIRECTORY);
            try (TreeDirectory below = top.openDirectory(DIRECTORY);
                    TreeFile file = top.create(FILE)) {
                below.create(LINK).close();
                file.write(0, direct("new"));

                top.rename(FILE, below, LINK);

                assertThat(file.status().size()).isEqualTo(3);
                assertThat(top.status(FILE)).isEmpty();
                assertThat(below.status(LINK).orElseThrow().size()).isEqualTo(3);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFileCanBeUsedAfterItsDirectoryIsClosed(Place place) throws Exception {
        Path tree = place.create(temporary);
        Files.writeString(tree.resolve("file"), "text");
        TreeFile file;
        try (TreeDirectory top = open(tree)) {
            file = top.openFile(FILE);
        }

        try (file) {
            assertThat(file.status().size()).isEqualTo(4);
            assertThat(text(file)).isEqualTo("text");
        }
    }

    @ParameterizedTest
    @EnumSource
    void noLinkIsFollowed(Place place) throws Exception {
        Path tree = place.create(temporary);
        Path outside = Files.createDirectory(tree.resolve("outside"));
        Files.writeString(outside.resolve("file"), "secret");
        try (TreeDirectory top = open(tree)) {
            top.createSymlink(LINK, bytes(outside.toString()));
            top.createSymlink(FILE, bytes(outside.resolve("file").toString()));

            assertThat(top.status(LINK).orElseThrow().isSymlink()).isTrue();
            assertThat(top.readSymlink(LINK)).isEqualTo(bytes(outside.toString()));
            assertThatThrownBy(() -> top.openDirectory(LINK)).isInstanceOf(TreeException.class);
            assertThatThrownBy(() -> top.openFile(FILE)).matches(is(Reason.SYMLINK));
            assertThatThrownBy(() -> top.openForWriting(FILE)).matches(is(Reason.SYMLINK));
            assertThat(top.remove(FILE)).isTrue();
            assertThat(outside.resolve("file")).hasContent("secret");
        }
    }

    @ParameterizedTest
    @EnumSource
    void allNamesAreReadAlsoFromAPosition(Place place) throws Exception {
        Path tree = place.create(temporary);
        for (int i = 0; i < 100; i++) {
            Files.createFile(tree.resolve("grüße" + i));
        }
        try (TreeDirectory top = open(tree)) {
            List<FileName> all = rest(top.names());
            assertThat(all).hasSize(100).contains(FileName.of("grüße99"));
            TreeDirectory.NameReader reader = top.names();
            reader.next();
            long position = reader.position();
            TreeDirectory.NameReader again = top.names();
            again.seek(position);
            assertThat(rest(again)).isEqualTo(all.subList(1, 100));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theOutputIsCreatedOutsideTheLowerDirectoryOnly(Place place) throws Exception {
        Path tree = place.create(temporary);
        NioTrees trees = new NioTrees(tree.getFileSystem());
        Path out = tree.resolveSibling("out").resolve("deep");
        try (TreeDirectory lower = trees.directory(bytes(tree.toString()))) {
            Output output = trees.output(bytes(out.toString()), lower);
            output.directory().close();
            assertThat(output.made()).isTrue();
            assertThat(output.names().windows()).isEqualTo(place == Place.WINDOWS);
            assertThat(output.names().ignoresCase()).isEqualTo(place != Place.LINUX);
            assertThat(out).isEmptyDirectory();
            assertThatThrownBy(() -> trees.output(bytes(tree.resolve("out").toString()), lower))
                    .matches(is(Reason.EXISTS));
            assertThatThrownBy(() -> trees.output(bytes(tree.getParent().toString()), lower))
                    .matches(is(Reason.EXISTS));
            assertThat(tree).isEmptyDirectory();
        }
    }

    @ParameterizedTest
    @EnumSource
    void zerosCountAsAHole(Place place) throws Exception {
        Path tree = place.create(temporary);
        byte[] content = new byte[5 * 4096 + 100];
        content[0] = 1;
        content[4096 + 7] = 1;
        content[4 * 4096] = 1;
        Files.write(tree.resolve("file"), content);
        try (TreeDirectory top = open(tree);
                TreeFile file = top.openFile(FILE)) {
            assertThat(file.nextHole(0)).isEqualTo(2 * 4096);
            assertThat(file.nextData(2 * 4096)).hasValue(4 * 4096);
            assertThat(file.nextData(3 * 4096 + 5)).hasValue(4 * 4096);
            assertThat(file.nextData(4 * 4096 + 1)).isEmpty();
            assertThat(file.nextData(content.length)).isEmpty();
        }
    }

    /** On Windows such a name would lead out of the directory. */
    @Test
    void aNameNeverLeadsOutOfItsDirectory() throws Exception {
        try (TreeDirectory top = open(Place.WINDOWS.create(temporary))) {
            assertThatThrownBy(() -> top.create(FileName.of("..\\escaped"))).isInstanceOf(TreeException.class);
            assertThatThrownBy(() -> top.create(FileName.of("C:escaped"))).isInstanceOf(TreeException.class);
            assertThatThrownBy(() -> top.createDirectory(FileName.of("C:\\escaped")))
                    .isInstanceOf(TreeException.class);
            assertThat(rest(top.names())).isEmpty();
        }
    }

    @Test
    void onLinuxNamesAreBytes() throws Exception {
        Path tree = Place.LINUX.create(temporary);
        FileName name = FileName.of(new byte[] {'g', 'r', (byte) 0xfc, 'n'});
        try (TreeDirectory top = open(tree)) {
            top.create(name).close();

            assertThat(rest(top.names())).containsExactly(name);
            try (TreeDirectory byDescriptor = DescriptorTrees.ofThisProcess().directory(bytes(tree.toString()))) {
                assertThat(byDescriptor.status(name)).isPresent();
                assertThat(top.status(name).orElseThrow())
                        .usingRecursiveComparison()
                        .ignoringFields("device")
                        .isEqualTo(byDescriptor.status(name).orElseThrow());
            }
        }
    }

    @Test
    void aPipeIsNotOpened() throws Exception {
        Path tree = Place.LINUX.create(temporary);
        new ProcessBuilder("mkfifo", tree.resolve("file").toString())
                .inheritIO()
                .start()
                .waitFor();
        try (TreeDirectory top = open(tree)) {
            assertThatThrownBy(() -> top.openFile(FILE)).matches(is(Reason.NOT_A_FILE));
        }
    }

    @Test
    void aDirectoryThatIsMovedStaysOpen() throws Exception {
        Path tree = Place.LINUX.create(temporary);
        Files.createDirectory(tree.resolve("dir"));
        Files.writeString(tree.resolve("dir/file"), "text");
        try (TreeDirectory top = open(tree);
                TreeDirectory below = top.openDirectory(DIRECTORY)) {
            Files.move(tree.resolve("dir"), tree.resolve("elsewhere"));
            Files.createDirectory(tree.resolve("dir"));
            Files.writeString(tree.resolve("dir/file"), "another");

            try (TreeFile file = below.openFile(FILE)) {
                assertThat(text(file)).isEqualTo("text");
            }
        }
    }

    private static TreeDirectory open(Path path) throws TreeException {
        FileSystem files = path.getFileSystem();
        return (files == FileSystems.getDefault() ? NioTrees.ofThisMachine() : new NioTrees(files))
                .directory(bytes(path.toString()));
    }

    private static Predicate<Throwable> is(Reason reason) {
        return failure -> failure instanceof TreeException e && e.reason() == reason;
    }

    private static List<FileName> rest(TreeDirectory.NameReader reader) throws TreeException {
        List<FileName> names = new ArrayList<>();
        Optional<FileName> next = reader.next();
        while (next.isPresent()) {
            names.add(next.get());
            next = reader.next();
        }
        return names;
    }

    private static String text(TreeFile file) throws TreeException {
        ByteBuffer into = ByteBuffer.allocateDirect(100);
        file.read(0, into);
        return StandardCharsets.UTF_8.decode(into.flip()).toString();
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = bytes(text);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
