package org.ecryptfsj.linux;

/** The file mode creation mask of this process: permission bits that new files do not get (umask(2)). */
public final class Umask {
    private Umask() {}

    /**
     * Sets the mask.
     *
     * @return the previous mask
     */
    public static int set(int mask) {
        return LibCProcess.INSTANCE.umask(mask);
    }
}
