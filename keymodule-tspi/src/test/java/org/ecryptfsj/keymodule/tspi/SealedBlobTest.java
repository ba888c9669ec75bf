package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.keymodule.tspi.TestKeys.failureOf;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;

/** Which bytes get as far as libtspi. */
class SealedBlobTest {
    @Property
    void aStoredDataOfConsistentSizesIsAccepted(
            @ForAll @Size(max = 100) byte[] pcrInfo, @ForAll @Size(min = 1, max = 400) byte[] encrypted)
            throws Exception {
        byte[] bytes = storedData(0x01010000, pcrInfo.length, pcrInfo, encrypted.length, encrypted);

        SealedBlob blob = SealedBlob.of(bytes);

        assertThat(blob.size()).isEqualTo(bytes.length);
        assertThat(blob.buffer()).isEqualTo(ByteBuffer.wrap(bytes));
    }

    @Property
    void aTruncatedBlobIsRefused(
            @ForAll @Size(min = 1, max = 300) byte[] encrypted, @ForAll @IntRange(max = 311) int length) {
        byte[] whole = storedData(0x01010000, 0, new byte[0], encrypted.length, encrypted);

        assertRefused(Arrays.copyOf(whole, length % whole.length));
    }

    @Property
    void bytesAfterABlobAreRefused(@ForAll @Size(min = 1, max = 300) byte[] more) {
        byte[] whole = storedData(0x01010000, 0, new byte[0], 100, new byte[100]);
        byte[] longer = Arrays.copyOf(whole, whole.length + more.length);
        System.arraycopy(more, 0, longer, whole.length, more.length);

        assertRefused(longer);
    }

    @Property
    void sizesThatDoNotAddUpAreRefused(@ForAll int pcrInfoSize, @ForAll int encryptedSize) {
        byte[] bytes = storedData(0x01010000, pcrInfoSize, new byte[0], encryptedSize, new byte[256]);
        boolean honest = pcrInfoSize == 0 && encryptedSize == 256;
        boolean zerosHappenToFit =
                pcrInfoSize > 0 && pcrInfoSize < 256 && sizeAt(bytes, pcrInfoSize) == 256 - pcrInfoSize;

        if (!honest && !zerosHappenToFit) {
            assertRefused(bytes);
        }
    }

    @Property
    void anotherVersionIsRefused(@ForAll int version) {
        if (version != 0x01010000) {
            assertRefused(storedData(version, 0, new byte[0], 256, new byte[256]));
        }
    }

    @Property
    void randomBytesAreRefusedOrConsistent(@ForAll @Size(max = 600) byte[] bytes) {
        if (bytes.length < 4 || ByteBuffer.wrap(bytes).getInt() != 0x01010000) {
            assertRefused(bytes);
        }
    }

    private static int sizeAt(byte[] bytes, int pcrInfoSize) {
        return ByteBuffer.wrap(bytes).getInt(8 + pcrInfoSize);
    }

    private static byte[] storedData(
            int version, int pcrInfoSize, byte[] pcrInfo, int encryptedSize, byte[] encrypted) {
        return ByteBuffer.allocate(12 + pcrInfo.length + encrypted.length)
                .putInt(version)
                .putInt(pcrInfoSize)
                .put(pcrInfo)
                .putInt(encryptedSize)
                .put(encrypted)
                .array();
    }

    private static void assertRefused(byte[] bytes) {
        assertThat(failureOf(() -> SealedBlob.of(bytes)))
                .isNotNull()
                .extracting(KeyModuleException::reason)
                .isEqualTo(Reason.BAD_DATA);
    }
}
