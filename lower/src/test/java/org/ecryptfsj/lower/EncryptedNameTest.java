package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncryptedNameTest {
    private static final Signature SIGNATURE = new Signature("0123456789abcdef");

    @Property(tries = 300)
    void whatWasEncryptedIsDecrypted(
            @ForAll("ciphers") CipherSpec cipher,
            @ForAll @Size(64) byte[] key,
            @ForAll @Size(min = 1, max = 300) byte[] plain)
            throws Exception {
        for (byte b : plain) {
            Assume.that(b != 0);
        }
        try (Secret fekek = Secret.takeBytes(key.clone())) {
            byte[] lower =
                    EncryptedName.encrypt(plain, SIGNATURE, cipher, fekek).lower();

            EncryptedName read = EncryptedName.read(lower);
            assertThat(read.signature()).isEqualTo(SIGNATURE);
            assertThat(read.decrypt(fekek, cipher.keyBytes())).isEqualTo(plain);
            assertThat(read.lower()).isEqualTo(lower);
        }
    }

    @Test
    void aNameCutShortIsRefused() {
        byte[] cut = (EncryptedName.PREFIX + "FWayVrRYlN446EWbI9xebc.gROZA7nOrN3iVKyYzS1NPOTwXpokbZXCqc")
                .getBytes(StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> EncryptedName.read(cut))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessageContaining("not a multiple of 4");
    }

    /** Its packet is whole, and characters are missing behind it. */
    @Test
    void aNameWithoutItsLastFourCharactersIsRefused() {
        byte[] whole = lower("a", FileCipher.AES);

        assertThatThrownBy(() -> EncryptedName.read(Arrays.copyOf(whole, whole.length - 4)))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessageContaining("has a length of 41 bytes at byte 1, but only 40 follow");
    }

    @Test
    void aCharacterOutsideTheAlphabetIsNamedByItsIndex() {
        byte[] name = lower("a", FileCipher.AES);
        name[30] = '+';

        assertThatThrownBy(() -> EncryptedName.read(name))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessageContaining("invalid character at index 30 (byte 43)");
    }

    @Test
    void thePrefixAloneIsAPlainName() {
        byte[] prefix = EncryptedName.PREFIX.getBytes(StandardCharsets.US_ASCII);

        assertThat(EncryptedName.isEncrypted(prefix)).isFalse();
        assertThat(EncryptedName.isEncrypted(Arrays.copyOf(prefix, prefix.length + 1)))
                .isTrue();
    }

    @Test
    void aPacketWithoutEncryptedBytesIsRefused() {
        byte[] text = NameEncoding.encode(HexFormat.of().parseHex("4609" + SIGNATURE.hex() + "07"));
        byte[] lower = Arrays.copyOf(
                EncryptedName.PREFIX.getBytes(StandardCharsets.US_ASCII), EncryptedName.PREFIX.length() + text.length);
        System.arraycopy(text, 0, lower, EncryptedName.PREFIX.length(), text.length);

        assertThatThrownBy(() -> EncryptedName.read(lower))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessageContaining("has 9 bytes, too few for a name");
    }

    /** Sixteen bytes of filler, a zero and 15 characters are two blocks of aes. */
    @ParameterizedTest
    @CsvSource({"1, 32", "15, 32", "16, 48", "31, 48", "32, 64"})
    void aNameTakesNoMoreBlocksThanItNeeds(int characters, int encrypted) throws Exception {
        EncryptedName name = EncryptedName.read(lower("a".repeat(characters), FileCipher.AES));

        assertThat(name.encrypted().size()).isEqualTo(encrypted);
        try (Secret fekek = Secret.allocate(64)) {
            assertThat(name.decrypt(fekek, 16)).hasSize(characters);
        }
    }

    @Test
    void theCodeOfAesTellsTheKeysSizeAndTheOthersDoNot() throws Exception {
        assertThat(EncryptedName.read(lower("a", FileCipher.AES)).possibleKeyBytes())
                .containsExactly(16);
        assertThat(EncryptedName.read(lower("a", FileCipher.TWOFISH)).possibleKeyBytes())
                .containsExactly(16, 24, 32);
    }

    @Test
    void charactersBehindThePacketAreNotTheKernels() throws Exception {
        byte[] lower = lower("a", FileCipher.AES);
        byte[] longer = Arrays.copyOf(lower, lower.length + 4);
        Arrays.fill(longer, lower.length, longer.length, (byte) '-');
        EncryptedName name = EncryptedName.read(longer);

        assertThat(name).isEqualTo(EncryptedName.read(lower));
        name.requireEncodedAs(lower);
        assertThatThrownBy(() -> name.requireEncodedAs(longer))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessageContaining("characters behind its packet");
    }

    private static byte[] lower(String plain, FileCipher cipher) {
        try (Secret fekek = Secret.allocate(64)) {
            return EncryptedName.encrypt(
                            plain.getBytes(StandardCharsets.US_ASCII), SIGNATURE, new CipherSpec(cipher, 16), fekek)
                    .lower();
        }
    }

    @Provide
    Arbitrary<CipherSpec> ciphers() {
        return Arbitraries.of(FileCipher.values()).flatMap(cipher -> Arbitraries.integers()
                .between(5, 56)
                .filter(cipher::takesKeyOf)
                .map(bytes -> new CipherSpec(cipher, bytes)));
    }
}
