package org.ecryptfsj.keymodule.tspi.envelope;

import java.util.Arrays;

/**
 * A sealed KEK.
 *
 * @param id the KEK's
 * @param bytes the sealed bytes
 */
@SuppressWarnings("ArrayRecordComponent") // never written to
record SealedKek(KekId id, byte[] bytes) {
    @Override
    public boolean equals(Object other) {
        return other instanceof SealedKek that && id.equals(that.id) && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "SealedKek[" + id + ", " + bytes.length + " bytes]";
    }
}
