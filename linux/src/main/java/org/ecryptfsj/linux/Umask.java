package org.ecryptfsj.linux;

/** The permissions that new files of this process get. */
public final class Umask {
    private Umask() {}

    /**
     * Sets the file mode creation mask.
     *
     * @return the one before
     */
    public static int umask(int mask) {
        return LibC.INSTANCE.umask(mask);
    }
}
