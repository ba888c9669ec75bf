package org.ecryptfsj.keymodule.tspi;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.libcrypto.Digest;

/**
 * The PCRs a key is bound to and their composite digest when it was made, from the key's TPM_KEY blob (TPM 1.2, structures of
 * tss/tpm.h), integers big endian:
 *
 * <pre>
 * offset  size  field
 * 0       4     version 01 01 00 00
 * 4       15    usage, flags, authorisation, algorithm, schemes
 * 19      4     p, the size of the algorithm's parameters
 * 23      p     parameters
 * 23+p    4     the size of the PCR information; 0: none
 * 27+p    2     s, the size of the selection
 * 29+p    s     the selection, PCR n is bit n mod 8 of byte n div 8
 * 29+p+s  20    composite digest at release: needed to use the key
 * 49+p+s  20    composite digest at creation
 * </pre>
 *
 * Read from the blob, because libtspi does not return these attributes of a key from its storage.
 */
final class PcrBinding {
    private static final int VERSION = 0x01010000;
    private static final int PARAMETERS_SIZE_AT = 19;
    private static final int DIGEST_BYTES = 20;

    private final byte[] selection;
    private final byte[] digest;

    private PcrBinding(byte[] selection, byte[] digest) {
        this.selection = selection;
        this.digest = digest;
    }

    /** The binding of a key blob; empty if the key is bound to no PCR, or the blob has another format. */
    static Optional<PcrBinding> ofKeyBlob(byte[] keyBlob) {
        ByteBuffer in = ByteBuffer.wrap(keyBlob);
        try {
            if (in.getInt() != VERSION) {
                return Optional.empty();
            }
            in.position(PARAMETERS_SIZE_AT);
            skip(in, in.getInt());
            if (in.getInt() == 0) {
                return Optional.empty();
            }
            byte[] selection = new byte[in.getShort() & 0xffff];
            byte[] digest = new byte[DIGEST_BYTES];
            in.get(selection).get(digest);
            PcrBinding binding = new PcrBinding(selection, digest);
            return binding.registers().isEmpty() ? Optional.empty() : Optional.of(binding);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The selected PCRs, ascending. */
    List<Integer> registers() {
        List<Integer> registers = new ArrayList<>();
        for (int i = 0; i < selection.length * Byte.SIZE; i++) {
            if ((selection[i / Byte.SIZE] >> i % Byte.SIZE & 1) != 0) {
                registers.add(i);
            }
        }
        return registers;
    }

    /** The composite digest that is needed to use the key, 40 hex digits. */
    String compositeNeeded() {
        return HexFormat.of().formatHex(digest);
    }

    /**
     * The composite digest of these values: SHA-1 of a TPM_PCR_COMPOSITE (selection with its size in 2 bytes, size of all
     * values in 4 bytes, values).
     *
     * @param values 20 bytes each, in the order of {@link #registers()}
     * @return 40 hex digits
     */
    String compositeOf(List<byte[]> values) {
        int valueBytes = values.stream().mapToInt(value -> value.length).sum();
        ByteBuffer composite = ByteBuffer.allocate(2 + selection.length + 4 + valueBytes)
                .putShort((short) selection.length)
                .put(selection)
                .putInt(valueBytes);
        values.forEach(composite::put);
        return HexFormat.of().formatHex(Digest.SHA1.of(composite.array()));
    }

    private static void skip(ByteBuffer in, int bytes) {
        in.position(in.position() + bytes);
    }
}
