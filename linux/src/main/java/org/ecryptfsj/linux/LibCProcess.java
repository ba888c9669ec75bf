package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/** The C library's functions for the process itself: its user, directory, signals, heap, clock and log. See {@link LibC}. */
final class LibCProcess {
    static final Functions INSTANCE = LibC.load(Functions.class);

    private LibCProcess() {}

    /** The functions. Public, because jnr-ffi implements it from another class loader; its outer class is not. */
    public interface Functions {
        int kill(int pid, int signal);

        int umask(int mask);

        int chdir(byte[] path);

        int initgroups(byte[] user, int group);

        int setresgid(int real, int effective, int saved);

        int setresuid(int real, int effective, int saved);

        int seteuid(int uid);

        int setfsuid(int uid);

        int malloc_trim(long pad);

        int clock_gettime(int clock, ByteBuffer time);

        Pointer getpwnam(byte[] name);

        void openlog(Pointer ident, int option, int facility);

        void syslog(int priority, byte[] format, byte[] argument);
    }
}
