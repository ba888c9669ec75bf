package org.ecryptfsj.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.ecryptfsj.linux.FileName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeWalkTest {
    private static final FileName DEEPER = FileName.of("deeper");

    @TempDir
    Path directory;

    private TreeDirectory top;

    @BeforeEach
    void open() throws Exception {
        top = DescriptorTrees.ofThisProcess().directory(directory.toString().getBytes(StandardCharsets.UTF_8));
    }

    @AfterEach
    void close() {
        top.close();
    }

    @Test
    void aDeepTreeIsWalkedWithFewOpenDirectories() throws Exception {
        nest(500, "before", "zafter");
        Visitor visitor = new Visitor();

        new TreeWalk<>(visitor).run(top);

        assertThat(visitor.files).isEqualTo(2 * 501);
        assertThat(visitor.left).isEqualTo(500);
        assertThat(visitor.mostOpen).isLessThan(visitor.openBefore + 2 * DirectoryStack.OPEN);
        assertThat(visitor.failures).isEmpty();
    }

    @Test
    void aMovedDirectoryIsReportedAndTheWalkContinues() throws Exception {
        nest(100, "zafter");
        Visitor visitor = new Visitor() {
            @Override
            void deepest() throws Exception {
                Files.move(directory.resolve("deeper/".repeat(40)), directory.resolve("moved"));
                Path exchanged = directory.resolve("deeper/".repeat(30));
                Files.move(exchanged, directory.resolve("exchanged"));
                Files.createDirectory(exchanged);
            }
        };

        new TreeWalk<>(visitor).run(top);

        assertThat(visitor.failures).isNotEmpty();
        assertThat(visitor.failures.get(0)).contains("was moved or replaced at the same time");
        assertThat(visitor.left).isEqualTo(100);
    }

    @Test
    void eachNameOfALargeDirectoryIsListedOnceEvenIfItsNamesWereReleased() throws Exception {
        int count = 40_000;
        for (int i = 0; i < count; i++) {
            top.create(FileName.of("name" + i)).close();
        }
        DirectoryListing listing = new DirectoryListing();
        Set<FileName> seen = new HashSet<>();

        for (Optional<FileName> name = listing.next(top); name.isPresent(); name = listing.next(top)) {
            assertThat(seen.add(name.get())).isTrue();
            if (seen.size() % 9000 == 0) {
                listing.release();
            }
        }

        assertThat(seen).hasSize(count);
    }

    /** Each level is entered by descriptor: its path would be too long. */
    private void nest(int levels, String... files) throws Exception {
        TreeDirectory current = top;
        for (int i = 0; i <= levels; i++) {
            for (String file : files) {
                current.create(FileName.of(file)).close();
            }
            if (i < levels) {
                current.createDirectory(DEEPER);
                TreeDirectory next = current.openDirectory(DEEPER);
                if (current != top) {
                    current.close();
                }
                current = next;
            }
        }
        current.close();
    }

    private static class Visitor implements TreeWalk.Visitor<Exception> {
        final List<String> failures = new ArrayList<>();
        final long openBefore = open();
        long mostOpen;
        int files;
        int left;
        private boolean wasDeepest;

        void deepest() throws Exception {}

        @Override
        public Optional<TreeDirectory> entry(TreeDirectory current, FileName name, boolean deeper) throws Exception {
            mostOpen = Math.max(mostOpen, open());
            if (name.equals(DEEPER)) {
                return Optional.of(current.openDirectory(name));
            }
            files++;
            return Optional.empty();
        }

        @Override
        public void leave() throws Exception {
            left++;
            if (!wasDeepest) {
                wasDeepest = true;
                deepest();
            }
        }

        @Override
        public void unreadable(TreeException failure) {
            failures.add(failure.getMessage());
        }

        private static long open() {
            try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
                return all.count();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
