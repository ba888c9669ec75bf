package org.ecryptfsj.linux;

/** The calling process: where its file tree begins and which permissions new files get. */
public final class ProcessRoot {
    private ProcessRoot() {}

    /**
     * Makes a directory this process's root.
     *
     * @throws LinuxException EPERM for other users than root, ENOENT if it does not exist
     */
    public static void change(String directory) throws LinuxException {
        if (Native.C.chroot(directory) != 0) {
            throw LinuxException.last("chroot " + directory);
        }
    }

    /**
     * Sets the file mode creation mask.
     *
     * @return the one before
     */
    public static int umask(int mask) {
        return Native.C.umask(mask);
    }
}
