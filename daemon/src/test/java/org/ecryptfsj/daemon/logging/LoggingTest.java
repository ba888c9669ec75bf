package org.ecryptfsj.daemon.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggingTest {
    @TempDir
    private Path directory;

    @Test
    void aDescriptorIsTheJournalIfTheEnvironmentNamesItsDeviceAndInode() throws Exception {
        Path stream = Files.createFile(directory.resolve("stream"));
        Map<String, Object> file = Files.readAttributes(stream, "unix:dev,ino");
        String name = file.get("dev") + ":" + file.get("ino");

        assertThat(Logging.isJournal(Map.of("JOURNAL_STREAM", name), stream)).isTrue();
        assertThat(Logging.isJournal(Map.of("JOURNAL_STREAM", name + "0"), stream))
                .isFalse();
        assertThat(Logging.isJournal(Map.of(), stream)).isFalse();
        assertThat(Logging.isJournal(Map.of("JOURNAL_STREAM", name), directory.resolve("none")))
                .isFalse();
    }
}
