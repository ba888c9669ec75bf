package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.mount.MountTable;

/** A user's own files, read by a program that has root's rights. */
class PrivateFilesFuzzTest {
    private static final Path FILE = Path.of("Private.sig");

    @FuzzTest
    void signatures(byte[] bytes) {
        try {
            DirectorySignatures read = DirectorySignatures.parse(text(bytes), FILE);
            assertThat(read.all()).hasSizeBetween(1, 2).contains(read.contents());
        } catch (ToolFailure e) {
            assertThat(e).hasMessageContaining(FILE.toString());
        }
    }

    @FuzzTest
    void configurations(byte[] bytes) {
        try {
            MountTable.Entry line = PrivateDirectory.parseConf(text(bytes), FILE);
            assertThat(line.type()).isEqualTo("ecryptfs");
        } catch (ToolFailure e) {
            assertThat(e).hasMessageContaining(FILE.toString());
        }
    }

    @FuzzTest
    void aliases(byte[] bytes) {
        try {
            String name = DirectoryAlias.of(text(bytes)).name();
            assertThat(Path.of("/a/b", name + ".sig").normalize().getParent()).isEqualTo(Path.of("/a/b"));
        } catch (ToolFailure e) {
            assertThat(e).hasMessageContaining("Invalid alias");
        }
    }

    @FuzzTest
    void counters(byte[] bytes) {
        CountedSessions sessions = CountedSessions.parse(text(bytes));
        assertThat(sessions.number()).isBetween(0, 999_999_999);
        assertThat(CountedSessions.parse(sessions.text())).isEqualTo(sessions);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
