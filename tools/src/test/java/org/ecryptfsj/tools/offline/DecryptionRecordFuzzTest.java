package org.ecryptfsj.tools.offline;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.tools.command.ToolFailure;

/** A record with any bytes is refused, or another run continues from it. */
class DecryptionRecordFuzzTest {
    @FuzzTest
    void records(byte[] bytes) throws IOException {
        Path directory = Files.createTempDirectory("record");
        Path file = DecryptionRecordTest.path(directory);
        try {
            Files.write(file, bytes);
            DecryptionRecordTest.requireExtensible(directory);
        } catch (ToolFailure refused) {
            if (!refused.getMessage().contains(DecryptionRecord.NAME.toString())) {
                throw new AssertionError("a refusal does not name the record", refused);
            }
        } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
        }
    }
}
