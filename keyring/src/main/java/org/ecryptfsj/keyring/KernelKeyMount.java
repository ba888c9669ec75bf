package org.ecryptfsj.keyring;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import jnr.constants.platform.Errno;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesGcm;
import org.ecryptfsj.linux.Keyctl;
import org.ecryptfsj.linux.LinuxException;

/**
 * Mounts with keys that only the kernel holds (docs/spec/kernel-keys.md, section 1). It is all done on one thread of its own,
 * whose keyrings end with it: an anonymous session keyring, so that no other key of the same signature is found, and the thread
 * keyring, in which the keys are until the mounted file system holds them.
 */
public final class KernelKeyMount {
    private static final String MASTER = "ecryptfsj:once";

    /** The owner may view and write, which is needed to revoke it; no user may read, search, link or change attributes. */
    private static final int VIEW_AND_WRITE_BY_OWNER = 0x0005_0000;

    private KernelKeyMount() {}

    /** What is done with the keys on the thread that has them. */
    public interface Mounting {
        /**
         * Calls mount(2).
         *
         * @param keys which the kernel will hold, for a record of them that must be there before the mount is
         * @throws IOException if the kernel refuses
         */
        void mount(List<KernelKey> keys) throws IOException;

        /**
         * Calls umount(2), because the mounted keys could not be protected.
         *
         * @throws IOException if the kernel refuses
         */
        void unmount() throws IOException;
    }

    /**
     * Gives the kernel the keys and mounts. If that fails, nothing is mounted and no key is left.
     *
     * @param tokens stay the caller's; one of each signature
     * @param mounting is run on another thread than the caller's
     * @return the keys, which are in the kernel as long as the mount is
     * @throws KernelKeyUnavailableException if the kernel has no such keys
     * @throws LinuxException EDQUOT if the user's quota of keys is used up; or as mount(2) fails
     */
    public static List<KernelKey> mount(List<AuthTok.Password> tokens, Mounting mounting) throws IOException {
        FutureTask<List<KernelKey>> task = new FutureTask<>(() -> mountOnThisThread(tokens, mounting));
        Thread thread = new Thread(task, "mount");
        thread.start();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static List<KernelKey> mountOnThisThread(List<AuthTok.Password> tokens, Mounting mounting)
            throws IOException {
        List<KernelKey> keys = new ArrayList<>();
        boolean complete = false;
        Keyctl.joinNewSession();
        try (Secret master = new AesGcm().randomSecret(EncryptedKeyBlob.MASTER_BYTES)) {
            int masterKey = Keyctl.add("user", MASTER, master.buffer(), Keyctl.THREAD_KEYRING);
            try {
                for (AuthTok.Password token : tokens) {
                    keys.add(new KernelKey(add(token, master), token.signature()));
                }
                mounting.mount(List.copyOf(keys));
                protect(keys, mounting);
                complete = true;
            } finally {
                Keyctl.revoke(masterKey);
                if (!complete) {
                    for (KernelKey key : keys) {
                        key.revoke();
                    }
                }
            }
        }
        return List.copyOf(keys);
    }

    /** mount(2) needs the permission to search for the keys; from now on nobody does. */
    private static void protect(List<KernelKey> keys, Mounting mounting) throws IOException {
        try {
            for (KernelKey key : keys) {
                Keyctl.setPermissions(key.serial(), VIEW_AND_WRITE_BY_OWNER);
            }
        } catch (LinuxException e) {
            mounting.unmount();
            throw e;
        }
    }

    private static int add(AuthTok.Password token, Secret master) throws IOException {
        byte[] iv = new AesGcm().random(EncryptedKeyBlob.IV_BYTES);
        byte[] text = EncryptedKeyBlob.text(token.fekek(), master, MASTER, iv);
        ByteBuffer payload = ByteBuffer.allocateDirect(text.length).put(text).flip();
        try {
            return Keyctl.add("encrypted", token.signature().hex(), payload, Keyctl.THREAD_KEYRING);
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENODEV) {
                throw new KernelKeyUnavailableException(e);
            }
            throw e;
        }
    }
}
