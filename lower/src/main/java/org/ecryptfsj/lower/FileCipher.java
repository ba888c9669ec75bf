package org.ecryptfsj.lower;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The block ciphers of eCryptfs, and the key sizes of each (docs/spec/packets.md, section 1). */
public enum FileCipher {
    /** Codes 7, 8 and 9, by the key's size. */
    AES(0x07, 16, 16, 24, 32),
    /** Triple DES with three keys. */
    DES3_EDE(0x02, 8, 24),
    /** CAST-128. */
    CAST5(0x03, 8, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16),
    /** Blowfish, with the key sizes that the tools offer. */
    BLOWFISH(0x04, 8, 16, 24, 32, 40, 48, 56),
    /** Twofish. */
    TWOFISH(0x0a, 16, 16, 24, 32),
    /** CAST-256. */
    CAST6(0x0b, 16, 16, 20, 24, 28, 32);

    private static final int AES_192 = 0x08;
    private static final int AES_256 = 0x09;

    private final int code;
    private final int blockBytes;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Integer> keyBytes;

    FileCipher(int code, int blockBytes, Integer... keyBytes) {
        this.code = code;
        this.blockBytes = blockBytes;
        this.keyBytes = List.of(keyBytes);
    }

    /** The cipher of a code; empty if the code is unknown. */
    static Optional<FileCipher> ofCode(int code) {
        int cipher = code == AES_192 || code == AES_256 ? AES.code : code;
        return Arrays.stream(values()).filter(c -> c.code == cipher).findFirst();
    }

    /** The code of this cipher with a key of that size. */
    int code(int bytes) {
        if (this != AES) {
            return code;
        }
        return bytes == 32 ? AES_256 : bytes == 24 ? AES_192 : code;
    }

    /** Bytes of a block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** The key sizes that have this code, in bytes: one for aes, all sizes of the other ciphers. */
    List<Integer> keyBytesOfCode(int sizeCode) {
        return keyBytes.stream().filter(bytes -> code(bytes) == sizeCode).toList();
    }

    /** Whether it supports keys of that many bytes. */
    public boolean takesKeyOf(int bytes) {
        return keyBytes.contains(bytes);
    }

    /** The kernel's name for it, such as {@code des3_ede}. */
    public String kernelName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
