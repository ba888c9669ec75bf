package org.ecryptfsj.keymodule.tspi;

import java.util.Arrays;
import java.util.Optional;

/** How new files' keys are encrypted; files of either mode are read always. */
enum TspiMode {
    /** Each by the TPM, as the C module does. */
    DIRECT("direct", 0),
    /** Each in software, by a key that the TPM keeps. */
    ENVELOPE("envelope", 1);

    private final String word;
    private final byte code;

    TspiMode(String word, int code) {
        this.word = word;
        this.code = (byte) code;
    }

    String word() {
        return word;
    }

    byte code() {
        return code;
    }

    static Optional<TspiMode> ofWord(String word) {
        return Arrays.stream(values()).filter(m -> m.word.equals(word)).findFirst();
    }

    static Optional<TspiMode> ofCode(byte code) {
        return Arrays.stream(values()).filter(m -> m.code == code).findFirst();
    }
}
