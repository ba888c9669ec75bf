package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Signature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The steps of file-format.md section 7, on headers with keys of a key module ("module") and of a passphrase. */
class HeaderKeysTest {
    private static final int METADATA_BYTES = 26;

    /** Bytes before a module's encrypted key of up to 181 bytes, and before a longer one. */
    private static final int MODULE_FIXED = 12;

    private static final int LONG_MODULE_FIXED = 13;

    private static final int PASSPHRASE_BYTES = 55;

    private static final KeyPacket A = module("aaaaaaaaaaaaaaaa", 20);
    private static final KeyPacket B = passphrase("bbbbbbbbbbbbbbbb");
    private static final KeyPacket C = module("cccccccccccccccc", 40);
    private static final KeyPacket DROPPED = passphrase("0000000000000000");

    private static KeyPacket module(String signature, int keyBytes) {
        byte[] key = new byte[keyBytes];
        Arrays.fill(key, (byte) 0x5a);
        return new KeyPacket.ModulePacket(new Signature(signature), EncryptedBytes.of(key));
    }

    private static KeyPacket passphrase(String signature) {
        byte[] key = new byte[16];
        Arrays.fill(key, (byte) 0x66);
        return new KeyPacket.PassphrasePacket(
                new Signature(signature),
                new CipherSpec(FileCipher.AES, key.length),
                Salt.DEFAULT,
                EncryptedBytes.of(key));
    }

    /** A header with these keys that ends with its last packet. */
    private static byte[] packed(KeyPacket... keys) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(
                HexFormat.of().parseHex("000000000000000f" + "7a8964144608d3e1" + "03000002" + "00001000" + "0002"));
        for (KeyPacket key : keys) {
            out.writeBytes(KeyPacketParser.write(key));
        }
        return out.toByteArray();
    }

    /** The same in a file: zeros follow. */
    private static byte[] header(KeyPacket... keys) {
        return Arrays.copyOf(packed(keys), Metadata.MIN_HEADER_BYTES);
    }

    private static HeaderKeys read(byte[] header) throws MalformedLowerException {
        return HeaderKeys.read(ByteBuffer.wrap(header));
    }

    private static void apply(byte[] header, List<HeaderPatch> patches) {
        for (HeaderPatch patch : patches) {
            byte[] bytes = patch.bytes().bytes();
            System.arraycopy(bytes, 0, header, patch.at(), bytes.length);
        }
    }

    private static Set<Signature> signatures(KeyPacket... keys) {
        return Set.copyOf(Arrays.stream(keys).map(KeyPacket::signature).toList());
    }

    private static HeaderPatch zeros(int at, int bytes) {
        return HeaderPatch.of(at, new byte[bytes]);
    }

    @Test
    void theKeysAreThoseBeforeTheEndOfTheSetWithoutDroppedOnes() throws Exception {
        byte[] header = header(A, DROPPED, B);
        byte[] behind = KeyPacketParser.write(C);
        System.arraycopy(behind, 0, header, packed(A, DROPPED, B).length + 1, behind.length);

        assertThat(read(header).keys()).containsExactly(A, B);
        assertThat(read(header).signatures()).isEqualTo(signatures(A, B));
        assertThat(LowerHeader.read(ByteBuffer.wrap(header), LowerHeader.Place.FILE)
                        .keys())
                .containsExactly(A, B);
    }

    @Test
    void aHeaderOfVersion0IsNotChanged() {
        byte[] header = header(A);
        header[16] = 0;

        assertThatThrownBy(() -> read(header))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessage("keys of headers of version 0 cannot be changed");
    }

    @Test
    void preparedKeysBelongToTheSetOnceTheyAreActivated() throws Exception {
        for (List<KeyPacket> added : List.of(List.of(B), List.of(C), List.of(B, C), List.of(C, B))) {
            boolean module = added.get(0) instanceof KeyPacket.ModulePacket;
            byte[] header = header(A);
            Arrays.fill(header, packed(A).length + 1, header.length, (byte) 1);
            assertThat(read(header).isPrepared(added)).isFalse();

            apply(header, List.of(read(header).preparation(added)));

            HeaderKeys prepared = read(header);
            assertThat(prepared.keys()).containsExactly(A);
            assertThat(prepared.isPrepared(added)).isTrue();
            assertThat(prepared.isPrepared(List.of(A))).isFalse();
            assertThat(prepared.prepared(module)).isEqualTo(added);
            assertThat(prepared.prepared(!module)).isEmpty();

            apply(header, List.of(prepared.activation(module)));

            assertThat(read(header).keys()).first().isEqualTo(A);
            assertThat(read(header).keys()).hasSize(1 + added.size()).containsAll(added);
        }
    }

    @Test
    void thePreparationChangesNothingBeforeTheEndOfTheSet() throws Exception {
        int end = packed(A).length;
        byte[] packet = KeyPacketParser.write(B);
        byte[] withEnd = Arrays.copyOf(packet, packet.length + 1);

        HeaderPatch preparation = read(header(A)).preparation(List.of(B));

        assertThat(preparation).isEqualTo(HeaderPatch.of(end + 1, Arrays.copyOfRange(withEnd, 1, withEnd.length)));
        assertThat(read(header(A)).activation(false)).isEqualTo(HeaderPatch.of(end, new byte[] {(byte) 0x8c}));
        assertThat(read(header(A)).activation(true)).isEqualTo(HeaderPatch.of(end, new byte[] {0x01}));
    }

    @Test
    void theLastKeyMayEndBeforeTheLastByteThatIsRead() throws Exception {
        KeyPacket full = module("eeeeeeeeeeeeeeee", 512);
        byte[] header = header(full, full, full, full, full, full, full);
        int free = LowerHeader.READ_BYTES - packed(full, full, full, full, full, full, full).length;
        KeyPacket fits = module("ffffffffffffffff", free - 1 - LONG_MODULE_FIXED);
        KeyPacket tooLong = module("ffffffffffffffff", free - LONG_MODULE_FIXED);

        HeaderKeys keys = read(header);
        HeaderPatch preparation = keys.preparation(List.of(fits));

        assertThat(preparation.at() + preparation.bytes().size()).isEqualTo(LowerHeader.READ_BYTES);
        assertThatThrownBy(() -> keys.preparation(List.of(tooLong)))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessage("the header has no space for more keys: " + free + " bytes are free, the new keys need "
                        + (free + 1));
    }

    @Test
    void anIncompleteKeyIsNotPrepared() throws Exception {
        int end = packed(A).length;
        byte[] complete = header(A);
        apply(complete, List.of(read(complete).preparation(List.of(C))));
        byte[] whole = Arrays.copyOf(complete, end + KeyPacketParser.write(C).length + 1);
        byte[] cut = Arrays.copyOf(complete, whole.length - 1);

        assertThat(read(whole).isPrepared(List.of(C))).isTrue();
        assertThat(read(whole).prepared(true)).containsExactly(C);
        assertThat(read(cut).isPrepared(List.of(C))).isFalse();
        assertThat(read(Arrays.copyOf(complete, end + 20)).prepared(true)).isEmpty();
        assertThat(read(packed(A)).prepared(true)).isEmpty();
    }

    @Test
    void droppedKeysAtTheEndEndTheSetBeforeThem() throws Exception {
        assertThat(read(header(A, B, C)).revocation(signatures(C))).containsExactly(zeros(packed(A, B).length, 1));
        assertThat(read(header(A, B, C)).revocation(signatures(B, C))).containsExactly(zeros(packed(A).length, 1));
        assertThat(read(header(A, DROPPED, C)).revocation(signatures(C)))
                .as("a key that was dropped before")
                .containsExactly(zeros(packed(A).length, 1));
        assertThat(read(header(A, B)).revocation(signatures(A, B))).containsExactly(zeros(METADATA_BYTES, 1));
    }

    @Test
    void otherDroppedKeysGetASignatureThatNoKeyHas() throws Exception {
        HeaderPatch signatureOfA = zeros(METADATA_BYTES + 3, Signature.BYTES);

        assertThat(read(header(A, B, C)).revocation(signatures(A))).containsExactly(signatureOfA);
        assertThat(read(header(A, B, C)).revocation(signatures(B)))
                .containsExactly(zeros(packed(A, B).length - Signature.BYTES, Signature.BYTES));
        assertThat(read(header(A, B, C)).revocation(signatures(A, C)))
                .containsExactly(signatureOfA, zeros(packed(A, B).length, 1));
        assertThat(read(header(A, B)).revocation(signatures(C))).isEmpty();
    }

    @Test
    void theFileKeysOfDroppedKeysAndAllBehindTheSetAreErased() throws Exception {
        byte[] header = header(A, B, C);
        apply(header, read(header).revocation(signatures(A, C)));
        byte[] erased = header.clone();
        apply(erased, read(header).erasure());

        assertThat(read(header).erasure())
                .containsExactly(
                        zeros(METADATA_BYTES + MODULE_FIXED, 20),
                        zeros(packed(A, B).length + 1, packed(C).length - METADATA_BYTES - 1));
        assertThat(read(erased).keys()).containsExactly(B);
        assertThat(read(erased).erasure()).isEmpty();
    }

    @Test
    void theFileKeyOfADroppedPassphraseIsErasedInItsPair() throws Exception {
        assertThat(read(header(A, DROPPED, C)).erasure())
                .containsExactly(zeros(packed(A).length + PASSPHRASE_BYTES - 24 - 16, 16));
    }

    @Test
    void theErasureWritesFromTheFirstToTheLastByteThatIsNotZero() throws Exception {
        int end = packed(A).length;
        byte[] header = header(A);
        header[end + 5] = 1;
        header[end + 9] = 1;
        byte[] one = header(A);
        one[end + 1] = 1;
        byte[] last = header(A);
        last[LowerHeader.READ_BYTES - 1] = 1;
        byte[] later = header(A);
        later[LowerHeader.READ_BYTES] = 1;

        assertThat(read(header).erasure()).containsExactly(zeros(end + 5, 5));
        assertThat(read(one).erasure()).containsExactly(zeros(end + 1, 1));
        assertThat(read(last).erasure()).containsExactly(zeros(LowerHeader.READ_BYTES - 1, 1));
        assertThat(read(later).erasure()).isEmpty();
        assertThat(read(header(A)).erasure()).isEmpty();
    }

    @Test
    void anAttributeIsReplacedByOneWithTheOtherKeys() throws Exception {
        byte[] expected = packed(A, B);

        assertThat(read(packed(A, C, DROPPED)).replaced(List.of(B), signatures(C)))
                .isEqualTo(Arrays.copyOf(expected, expected.length + 1));
        assertThat(read(packed(A)).replaced(List.of(), Set.of()))
                .isEqualTo(Arrays.copyOf(packed(A), packed(A).length + 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anAttributeHasAtMostTheBytesThatAreRead(int tooMany) throws Exception {
        KeyPacket full = module("eeeeeeeeeeeeeeee", 512);
        byte[] attribute = packed(full, full, full, full, full, full, full);
        int free = LowerHeader.READ_BYTES - attribute.length - 1;
        List<KeyPacket> added = List.of(module("ffffffffffffffff", free + tooMany - LONG_MODULE_FIXED));

        if (tooMany == 0) {
            assertThat(read(attribute).replaced(added, Set.of())).hasSize(LowerHeader.READ_BYTES);
        } else {
            assertThatThrownBy(() -> read(attribute).replaced(added, Set.of()))
                    .isInstanceOf(MalformedLowerException.class)
                    .hasMessage("the attribute has no space for more keys");
        }
    }

    @Test
    void aPatchOfTheBytesThatTheKernelWritesIsRefused() {
        assertThatThrownBy(() -> HeaderPatch.of(METADATA_BYTES - 1, new byte[1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(HeaderPatch.of(METADATA_BYTES, new byte[1]).at()).isEqualTo(METADATA_BYTES);
    }
}
