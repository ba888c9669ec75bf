package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.DecryptionRecord.Done;

/** Whatever stands in the record of a run that was interrupted, another run goes on from it. */
class DecryptionRecordFuzzTest {
    private static final Done DONE = new Done("6c", 12288, 1_700_000_000_123_456_789L, 15);

    @FuzzTest
    void records(byte[] bytes) throws IOException, ToolFailure {
        Path directory = Files.createTempDirectory("record");
        Path file = directory.resolve(DecryptionRecord.NAME);
        try {
            Files.write(file, bytes);
            try (DecryptionRecord record = DecryptionRecord.open(directory)) {
                record.add("6f", DONE);
            }
            try (DecryptionRecord record = DecryptionRecord.open(directory)) {
                assertThat(record.at("6f")).contains(DONE);
            }
        } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
        }
    }
}
