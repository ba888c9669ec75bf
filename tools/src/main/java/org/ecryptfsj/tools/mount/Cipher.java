package org.ecryptfsj.tools.mount;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The ciphers a mount may name and the key sizes offered for each, first the suggested one (spec mount.md, section 3). */
enum Cipher {
    AES("aes"),
    BLOWFISH("blowfish"),
    DES3_EDE("des3_ede"),
    TWOFISH("twofish"),
    CAST6("cast6"),
    CAST5("cast5");

    private final String kernelName;

    Cipher(String kernelName) {
        this.kernelName = kernelName;
    }

    String kernelName() {
        return kernelName;
    }

    List<Integer> keyBytes() {
        return switch (this) {
            case AES -> List.of(16, 32, 24);
            case BLOWFISH -> List.of(16, 32, 56);
            case DES3_EDE -> List.of(24);
            case TWOFISH, CAST6 -> List.of(16, 32);
            case CAST5 -> List.of(16);
        };
    }

    static Optional<Cipher> named(String name) {
        return Arrays.stream(values()).filter(c -> c.kernelName.equals(name)).findFirst();
    }

    static String names() {
        return Arrays.stream(values()).map(Cipher::kernelName).collect(Collectors.joining(", "));
    }
}
