package org.ecryptfsj.keymodule.tspi;

import java.util.Arrays;

/**
 * What the TPM is asked to unseal, and with which key: equal requests have the same result.
 *
 * @param key the TPM key
 * @param sealed the sealed bytes
 */
@SuppressWarnings("ArrayRecordComponent") // never written to
record UnsealRequest(KeyUuid key, byte[] sealed) {
    @Override
    public boolean equals(Object other) {
        return other instanceof UnsealRequest that && key.equals(that.key) && Arrays.equals(sealed, that.sealed);
    }

    @Override
    public int hashCode() {
        return 31 * key.hashCode() + Arrays.hashCode(sealed);
    }

    @Override
    public String toString() {
        return "UnsealRequest[" + key + ", " + sealed.length + " bytes]";
    }
}
