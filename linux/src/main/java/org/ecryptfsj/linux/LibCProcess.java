package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import org.ecryptfsj.binding.CFunctions;

/** The C library's functions for the process itself: its user, directory, signals, heap, clock and log. See {@link LibC}. */
final class LibCProcess {
    static final Functions INSTANCE = new LibCProcessFunctionsBinding(LibC.LIBRARY);

    private LibCProcess() {}

    /** The functions. */
    @CFunctions
    interface Functions {
        int kill(int pid, int signal);

        int umask(int mask);

        int chdir(byte[] path);

        int initgroups(byte[] user, int group);

        int setresgid(int real, int effective, int saved);

        int setresuid(int real, int effective, int saved);

        int seteuid(int uid);

        int setfsuid(int uid);

        int malloc_trim(long pad);

        long getrandom(ByteBuffer into, long count, int flags);

        int clock_gettime(int clock, ByteBuffer time);

        long getpwnam(byte[] name);

        void openlog(ByteBuffer ident, int option, int facility);

        void syslog(int priority, byte[] format, byte[] argument);
    }
}
