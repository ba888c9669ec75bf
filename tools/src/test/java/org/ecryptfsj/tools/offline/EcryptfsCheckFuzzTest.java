package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.CheckSummary.Depth;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.TreeDirectory;

/** Any bytes as a lower file or a lower name are checked with a key to the end: found sound, or with a reason. */
class EcryptfsCheckFuzzTest {
    private static final int MAX_NAME = 255;

    /** Made once, because deriving them takes a hundred times as long as one input. */
    private static final class Keys {
        static final OfflineKeys OF_ALL_INPUTS = make();

        private static OfflineKeys make() {
            try {
                OfflineKeys keys = new OfflineKeys(16, missing -> Optional.empty());
                keys.add(Secret.takeBytes(new byte[] {'t', 'e', 's', 't'}), List.of(Salt.DEFAULT, Salt.FNEK));
                return keys;
            } catch (ToolFailure e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @FuzzTest
    void files(byte[] bytes) throws ToolFailure, IOException {
        Path directory = Files.createTempDirectory("check");
        Path file = directory.resolve("file");
        try {
            Files.write(file, bytes);
            CheckSummary summary = check(directory);
            assertThat(summary.json()).containsEntry("files", 1L).containsEntry("bytes", (long) bytes.length);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
        }
    }

    @FuzzTest
    void names(byte[] bytes) throws ToolFailure, IOException {
        byte[] name = Arrays.copyOf(bytes, Math.min(bytes.length, MAX_NAME));
        if (!FileName.isName(name)) {
            return;
        }
        Path directory = Files.createTempDirectory("check");
        FileName entry = FileName.of(name);
        try (TreeDirectory opened = DescriptorTrees.ofThisProcess().directory(ByteText.bytes(directory))) {
            opened.createDirectory(entry);
            try {
                assertThat(check(directory).json()).containsEntry("directories", 1L);
            } finally {
                opened.removeDirectory(entry);
            }
        } finally {
            Files.delete(directory);
        }
    }

    private static CheckSummary check(Path directory) throws ToolFailure, IOException {
        CheckSummary summary = new CheckSummary(Depth.CONTENTS);
        CheckReport report = new CheckReport(new ProgressBar(false), summary);
        try (TreeDirectory from = DescriptorTrees.ofThisProcess().directory(ByteText.bytes(directory));
                OrderedTasks tasks = new OrderedTasks(1)) {
            new TreeCheck(Optional.of(Keys.OF_ALL_INPUTS), new FileCheck.Options(true, false), tasks, report).run(from);
        }
        assertThat(summary.lines()).isNotEmpty();
        return summary;
    }
}
