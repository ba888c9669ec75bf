package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileTimestamp;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.CompletedEntry.Kind;
import org.ecryptfsj.tools.offline.DecryptionRecord.FinalOwner;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecryptionRecordTest {
    static final PathHash OUTPUT = PathHash.TOP.of(FileName.of("output"));
    static final CompletedEntry DONE = new CompletedEntry(
            Kind.FILE,
            PathHash.TOP.of(FileName.of("lower")),
            12288,
            new FileTimestamp(1_700_000_000L, 123_456_789),
            15,
            new FileTimestamp(1_700_000_000L, 123_456_789),
            new FileTimestamp(1_800_000_000L, 1),
            77);
    private static final long INODE = 4711;

    /** Frozen: it is on disks. */
    private static final String HEADER = "65637279707466732d64656372797074207265636f72642032" + "00000000000000"
            + "0000000000001267" + "00000001000003e8000003e9000001c0";

    private static final String ENTRY = "600afd09c5cf085840013b9e636a319de3dee84b6764efcaa7d0a8719db4a2ff"
            + "0000000000003000000000006553f100075bcd1500000001000000000000000f"
            + "000000006553f100075bcd15000000006b49d20000000001000000000000004d";

    @Test
    void whatWasAddedIsThereTheNextTime(@TempDir Path directory) throws Exception {
        try (DecryptionRecord record = begin(directory)) {
            record.add(OUTPUT, DONE);
            assertThat(record.isVisited(OUTPUT)).isTrue();
        }
        try (DecryptionRecord record = read(directory, true)) {
            assertThat(record.at(OUTPUT)).contains(DONE);
            assertThat(record.at(DONE.lowerPath())).isEmpty();
            assertThat(record.isVisited(OUTPUT)).isFalse();
        }
    }

    @Test
    void itsBytesAreThoseOfTheFormat(@TempDir Path directory) throws Exception {
        try (DecryptionRecord record = begin(directory)) {
            record.setPending(new FinalOwner(1000, 1001, 0700));
            record.add(OUTPUT, DONE);
        }

        byte[] bytes = Files.readAllBytes(path(directory));

        assertThat(HexFormat.of().formatHex(bytes, 0, 56)).isEqualTo(HEADER);
        assertThat(HexFormat.of().formatHex(bytes, 56, bytes.length)).isEqualTo(ENTRY);
    }

    @Test
    void theFinalOwnerIsKeptUntilItIsSet(@TempDir Path directory) throws Exception {
        FinalOwner user = new FinalOwner(1000, 1001, 0750);
        try (DecryptionRecord record = begin(directory)) {
            assertThat(record.pending()).isEmpty();
            record.setPending(user);
        }
        try (DecryptionRecord record = read(directory, true)) {
            assertThat(record.pending()).contains(user);
            record.clearPending();
            assertThat(record.pending()).isEmpty();
        }
    }

    @Test
    void twoRunsAtOnceAreRefused(@TempDir Path directory) throws Exception {
        try (DecryptionRecord first = begin(directory)) {
            assertThat(first.at(OUTPUT)).isEmpty();
            assertThatThrownBy(() -> read(directory, true))
                    .isInstanceOf(ToolFailure.class)
                    .hasMessageContaining("another ecryptfs-decrypt is writing to");
        }
    }

    @Test
    void aRecordOfAnotherDirectoryOrOfAnOlderVersionIsRefusedAndStaysAsItWas(@TempDir Path directory) throws Exception {
        begin(directory).close();
        assertThatThrownBy(() -> DecryptionRecord.read(open(directory), INODE + 1, true))
                .hasMessageContaining("belongs to another directory");
        DecryptionRecord.read(open(directory), INODE + 1, false).close();

        String old = "12288\t1700000000123456789\t15\t6f\t6c\n";
        Files.writeString(path(directory), old);
        assertThatThrownBy(() -> read(directory, false)).hasMessageContaining("older version");
        assertThat(path(directory)).hasContent(old);
    }

    @Test
    void aHundredThousandEntriesAreFoundAgainAndTheLaterOneOfAPathCounts(@TempDir Path directory) throws Exception {
        try (DecryptionRecord record = begin(directory)) {
            for (int i = 0; i < 100_000; i++) {
                record.add(key(i), done(i));
            }
            record.add(key(5), done(-5));
            assertThat(record.at(key(99_999))).contains(done(99_999));
        }
        try (DecryptionRecord record = read(directory, true)) {
            for (int i = 0; i < 100_000; i += 7) {
                assertThat(record.at(key(i))).contains(done(i));
            }
            assertThat(record.at(key(5))).contains(done(-5));
            assertThat(record.at(key(100_000))).isEmpty();
        }
    }

    /** An entry that was cut off costs no more than that entry. */
    @Property(tries = 100)
    void aRecordWithAnyBytesAfterTheHeaderIsReadAndExtended(@ForAll byte[] bytes) throws IOException, ToolFailure {
        Path directory = Files.createTempDirectory("record");
        try {
            begin(directory).close();
            byte[] header = Files.readAllBytes(path(directory));
            byte[] all = Arrays.copyOf(header, header.length + bytes.length);
            System.arraycopy(bytes, 0, all, header.length, bytes.length);
            Files.write(path(directory), all);
            requireExtensible(directory);
        } finally {
            Files.deleteIfExists(path(directory));
            Files.delete(directory);
        }
    }

    static void requireExtensible(Path directory) throws IOException, ToolFailure {
        try (DecryptionRecord record = read(directory, false)) {
            record.add(OUTPUT, DONE);
        }
        try (DecryptionRecord record = read(directory, false)) {
            assertThat(record.at(OUTPUT)).contains(DONE);
        }
    }

    static Path path(Path directory) {
        return directory.resolve(DecryptionRecord.NAME.toString());
    }

    private static PathHash key(int i) {
        return new PathHash(i % 50_000 * 0x9e3779b97f4a7c15L, i);
    }

    private static CompletedEntry done(int i) {
        return new CompletedEntry(
                Kind.SYMLINK,
                key(i),
                i,
                new FileTimestamp(i, 1),
                i,
                new FileTimestamp(i, 2),
                new FileTimestamp(i, 3),
                i);
    }

    private static DecryptionRecord begin(Path directory) throws IOException, ToolFailure {
        try (TreeDirectory opened = directory(directory)) {
            return DecryptionRecord.begin(opened.create(DecryptionRecord.NAME), INODE);
        }
    }

    private static TreeFile open(Path directory) throws IOException {
        try (TreeDirectory opened = directory(directory)) {
            return opened.openForWriting(DecryptionRecord.NAME);
        }
    }

    private static DecryptionRecord read(Path directory, boolean strict) throws IOException, ToolFailure {
        return DecryptionRecord.read(open(directory), INODE, strict);
    }

    private static TreeDirectory directory(Path directory) throws IOException {
        return DescriptorTrees.ofThisProcess().directory(directory.toString().getBytes(StandardCharsets.UTF_8));
    }
}
