package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.lower.LowerHeader.Place;
import org.ecryptfsj.tree.TreeFile;

/** Any bytes in a lower directory are read, or are refused with the parser's own exception. */
class LowerFuzzTest {
    private static final int FEKEK_BYTES = 64;

    @FuzzTest
    void headers(byte[] bytes) {
        for (Place place : Place.values()) {
            try {
                LowerHeader header = LowerHeader.read(ByteBuffer.wrap(bytes), place);
                assertThat(header.contentsAt()).isNotNegative();
                assertThat(header.keys().isEmpty() && header.metadata().isEncrypted())
                        .isFalse();
            } catch (MalformedLowerException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }

    @FuzzTest
    void packetSets(byte[] bytes) {
        try (Secret fekek = Secret.allocate(FEKEK_BYTES)) {
            for (KeyPacket packet : KeyPacketParser.read(ByteBuffer.wrap(bytes))) {
                if (packet instanceof KeyPacket.PassphrasePacket ofPassphrase) {
                    try (FileKey key = FileKey.decrypt(ofPassphrase, fekek)) {
                        assertThat(key.key().size()).isEqualTo(key.cipher().keyBytes());
                    }
                }
            }
        } catch (MalformedLowerException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @FuzzTest
    void names(byte[] bytes) throws MalformedLowerException {
        EncryptedName name;
        try {
            name = EncryptedName.read(bytes);
        } catch (MalformedLowerException e) {
            assertThat(e).hasMessageContaining("name");
            return;
        }
        assertThat(EncryptedName.read(name.lower())).isEqualTo(name);
        try (Secret fekek = Secret.allocate(FEKEK_BYTES)) {
            for (int keyBytes = 1; keyBytes <= FEKEK_BYTES; keyBytes++) {
                if (name.cipher().takesKeyOf(keyBytes)) {
                    assertThat(name.decrypt(fekek, keyBytes)).isNotEmpty().doesNotContain(0);
                }
            }
        } catch (WrongKeyException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @FuzzTest
    void fileKeys(byte[] bytes) {
        try (Secret payload = Secret.copyOf(ByteBuffer.wrap(bytes));
                FileKey key = FileKey.ofPayload(payload)) {
            assertThat(key.key().size()).isEqualTo(bytes.length - 3);
        } catch (WrongKeyException | MalformedLowerException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    private static void requireNoMoreThanAsked(LowerFile file) throws IOException, MalformedLowerException {
        for (KeyPacket packet : file.header().keys()) {
            if (packet instanceof KeyPacket.PassphrasePacket ofPassphrase) {
                try (Secret fekek = Secret.allocate(FEKEK_BYTES);
                        FileKey key = FileKey.decrypt(ofPassphrase, fekek);
                        DecryptedContent contents = file.contents(key)) {
                    requireNoMoreThanAsked(contents);
                }
            }
        }
        if (!file.header().metadata().isEncrypted()) {
            try (DecryptedContent contents = file.contents()) {
                requireNoMoreThanAsked(contents);
            }
        }
    }

    /** However large a header says that the file is, one buffer is all that is read. */
    @FuzzTest
    void files(byte[] bytes) throws IOException {
        Path path = Files.write(Files.createTempFile("lower", ""), bytes);
        try (TreeFile lower = KernelWrittenTrees.open(path)) {
            Optional<LowerFile> opened = LowerFile.of(lower);
            if (opened.isPresent()) {
                requireNoMoreThanAsked(opened.get());
            }
        } catch (MalformedLowerException e) {
            assertThat(e.getMessage()).isNotEmpty();
        } finally {
            Files.delete(path);
        }
    }

    /** What is left of a damaged file is at most what the file has. */
    @FuzzTest
    void salvage(byte[] bytes) throws IOException {
        Path path = Files.write(Files.createTempFile("lower", ""), bytes);
        try (Secret fekek = Secret.allocate(FEKEK_BYTES);
                TreeFile lower = KernelWrittenTrees.open(path)) {
            Optional<SalvagedFile> salvaged = SalvagedFile.of(lower, false);
            if (salvaged.isPresent()) {
                LowerHeader header = salvaged.get().file().header();
                assertThat(header.metadata().plainSize()).isBetween(0L, (long) bytes.length);
                for (KeyPacket packet : header.keys()) {
                    if (packet instanceof KeyPacket.PassphrasePacket ofPassphrase) {
                        try (FileKey key = FileKey.decrypt(ofPassphrase, fekek);
                                DecryptedContent contents =
                                        salvaged.get().file().contents(key).toleratingGaps()) {
                            ByteBuffer into = ByteBuffer.allocate(bytes.length);
                            assertThat((long) contents.read(0, into)).isEqualTo(contents.size());
                        }
                    }
                }
            }
        } catch (MalformedLowerException e) {
            assertThat(e.getMessage()).isNotEmpty();
        } finally {
            Files.delete(path);
        }
    }

    /** Dropping any key changes the bytes of packets only, and leaves the other keys as they are. */
    @FuzzTest
    void keyChanges(byte[] bytes) {
        try {
            HeaderKeys keys = HeaderKeys.read(ByteBuffer.wrap(bytes));
            for (Signature dropped : keys.signatures()) {
                byte[] changed = Arrays.copyOf(bytes, Math.max(bytes.length, LowerHeader.READ_BYTES));
                apply(changed, keys.revocation(Set.of(dropped)));
                HeaderKeys revoked = HeaderKeys.read(ByteBuffer.wrap(changed));
                assertThat(revoked.keys())
                        .isEqualTo(keys.keys().stream()
                                .filter(key -> !key.signature().equals(dropped))
                                .toList());
                apply(changed, revoked.erasure());
                HeaderKeys erased = HeaderKeys.read(ByteBuffer.wrap(changed));
                assertThat(erased.keys()).isEqualTo(revoked.keys());
                assertThat(erased.erasure()).isEmpty();
            }
        } catch (MalformedLowerException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    private static void apply(byte[] header, List<HeaderPatch> patches) {
        for (HeaderPatch patch : patches) {
            byte[] written = patch.bytes().bytes();
            System.arraycopy(written, 0, header, patch.at(), written.length);
        }
    }

    private static void requireNoMoreThanAsked(DecryptedContent contents) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(2 * DecryptedContent.EXTENT_BYTES);
        assertThat((long) contents.read(0, into)).isEqualTo(Math.min(into.capacity(), contents.size()));
        long last = Math.max(0, contents.size() - 1);
        assertThat((long) contents.read(last, into.clear())).isEqualTo(contents.size() - last);
    }
}
