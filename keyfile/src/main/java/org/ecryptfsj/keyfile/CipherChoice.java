package org.ecryptfsj.keyfile;

/**
 * A cipher as mount options name it. Whether the kernel has it is seen at the mount.
 *
 * @param name the kernel's name, such as {@code aes}
 * @param keyBytes bytes of its key
 */
public record CipherChoice(String name, int keyBytes) {
    /** The most bytes of a key: a FEKEK has no more. */
    public static final int MOST_KEY_BYTES = 64;

    /** @throws IllegalArgumentException if it cannot be a cipher's name, or a size of a key */
    public CipherChoice {
        if (!name.matches("[a-z0-9_]{1,32}")) {
            throw new IllegalArgumentException("\"" + name + "\" is no name of a cipher");
        }
        if (keyBytes < 1 || keyBytes > MOST_KEY_BYTES) {
            throw new IllegalArgumentException("a key of " + keyBytes + " bytes is not between 1 and 64 bytes");
        }
    }

    /** Not the record's own, as in {@link org.ecryptfsj.keymodule.Signature}. */
    @Override
    public boolean equals(Object other) {
        return other instanceof CipherChoice choice && name.equals(choice.name) && keyBytes == choice.keyBytes;
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + keyBytes;
    }
}
