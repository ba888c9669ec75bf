package org.ecryptfsj.keymodule.tspi;

import java.util.Arrays;
import java.util.Optional;

/** The encryption of new files' keys. Files of both modes can always be read. */
enum TspiMode {
    /** Each by the TPM, as the C module does. */
    DIRECT("direct", 0),
    /** Each in software, with a key encryption key (KEK) that the TPM seals. */
    ENVELOPE("envelope", 1);

    private final String optionValue;
    private final byte code;

    TspiMode(String optionValue, int code) {
        this.optionValue = optionValue;
        this.code = (byte) code;
    }

    String optionValue() {
        return optionValue;
    }

    byte code() {
        return code;
    }

    static Optional<TspiMode> byName(String optionValue) {
        return Arrays.stream(values())
                .filter(m -> m.optionValue.equals(optionValue))
                .findFirst();
    }

    static Optional<TspiMode> byCode(byte code) {
        return Arrays.stream(values()).filter(m -> m.code == code).findFirst();
    }
}
