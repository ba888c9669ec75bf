package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.DecryptionRecord.Done;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecryptionRecordTest {
    private static final Done DONE = new Done("6c", 12288, 1_700_000_000_123_456_789L, 15);

    @Test
    void whatWasAddedIsThereTheNextTime(@TempDir Path directory) throws Exception {
        try (DecryptionRecord record = DecryptionRecord.open(directory)) {
            record.add("6f", DONE);
        }
        try (DecryptionRecord record = DecryptionRecord.open(directory)) {
            assertThat(record.at("6f")).contains(DONE);
            assertThat(record.at("6e")).isEmpty();
        }
    }

    @Test
    void twoRunsAtOnceAreRefused(@TempDir Path directory) throws Exception {
        try (DecryptionRecord first = DecryptionRecord.open(directory)) {
            assertThat(first.at("6f")).isEmpty();
            assertThatThrownBy(() -> DecryptionRecord.open(directory))
                    .isInstanceOf(ToolFailure.class)
                    .hasMessageContaining("another ecryptfs-decrypt is writing to");
        }
    }

    @Property(tries = 200)
    void whateverStandsInItTheRecordOpensAndGoesOn(@ForAll("damaged") String text) throws IOException, ToolFailure {
        Path directory = Files.createTempDirectory("record");
        Path file = directory.resolve(DecryptionRecord.NAME);
        try {
            Files.writeString(file, text);
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

    @Provide
    Arbitrary<String> damaged() {
        return Arbitraries.oneOf(
                Arbitraries.strings(),
                Arbitraries.strings().withChars("0123456789abcdef\t\n-").ofMaxLength(200),
                Arbitraries.of("9999999999999999999\t1\t1\t6f\t6c\n", "1\t1\t1\t6\t6c\n", "1\t1\t1\t6f\t6c"));
    }
}
