package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Who is at the other end of a unix socket, as the kernel vouches for it (SO_PEERCRED).
 *
 * @param pid the process that connected
 * @param uid its effective user id then
 * @param gid its effective group id then
 */
public record PeerCredentials(int pid, int uid, int gid) {
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;

    /**
     * @param fd the connected socket's descriptor
     * @throws LinuxException if getsockopt(2) fails
     */
    public static PeerCredentials of(int fd) throws LinuxException {
        ByteBuffer ucred = ByteBuffer.allocateDirect(12).order(ByteOrder.nativeOrder());
        ByteBuffer length =
                ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder()).putInt(0, 12);
        if (Native.C.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ucred, length) != 0) {
            throw LinuxException.last("getsockopt SO_PEERCRED");
        }
        return new PeerCredentials(ucred.getInt(0), ucred.getInt(4), ucred.getInt(8));
    }
}
