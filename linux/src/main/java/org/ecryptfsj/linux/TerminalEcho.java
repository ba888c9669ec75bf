package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Turns off a terminal's echo from {@link #off} to {@link #close}, and restores it also when the process is terminated in
 * between. Line editing and signals stay on. The attributes are read and written as termios(3) has them.
 */
public final class TerminalEcho implements AutoCloseable {
    /** More than any struct termios of Linux has; c_lflag is its fourth 32-bit number. */
    private static final int TERMIOS_BYTES = 128;

    private static final int LOCAL_FLAGS_OFFSET = 12;
    private static final int ECHO = 0x8;
    private static final int WHEN_WRITTEN = 1;

    private final int descriptor;
    private final ByteBuffer before;
    private final Thread atExit = new Thread(this::restore, "terminal echo");

    private TerminalEcho(int descriptor, ByteBuffer before) {
        this.descriptor = descriptor;
        this.before = before;
    }

    /** Whether a descriptor is a terminal. */
    public static boolean isTerminal(int descriptor) {
        return LibC.INSTANCE.isatty(descriptor) == 1;
    }

    /**
     * Turns echo off.
     *
     * @throws LinuxException ENOTTY if the descriptor is not a terminal
     */
    public static TerminalEcho off(int descriptor) throws LinuxException {
        ByteBuffer attributes = ByteBuffer.allocateDirect(TERMIOS_BYTES).order(ByteOrder.nativeOrder());
        if (LibC.INSTANCE.tcgetattr(descriptor, attributes) != 0) {
            throw LinuxException.last("tcgetattr");
        }
        ByteBuffer before = ByteBuffer.allocateDirect(TERMIOS_BYTES).order(ByteOrder.nativeOrder());
        LockedMemory.copy(attributes, 0, before, 0, TERMIOS_BYTES);
        TerminalEcho echo = new TerminalEcho(descriptor, before);
        Runtime.getRuntime().addShutdownHook(echo.atExit);
        attributes.putInt(LOCAL_FLAGS_OFFSET, attributes.getInt(LOCAL_FLAGS_OFFSET) & ~ECHO);
        if (LibC.INSTANCE.tcsetattr(descriptor, WHEN_WRITTEN, attributes) != 0) {
            LinuxException failure = LinuxException.last("tcsetattr");
            Runtime.getRuntime().removeShutdownHook(echo.atExit);
            throw failure;
        }
        return echo;
    }

    /** Restores the echo. */
    @Override
    public void close() {
        restore();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            System.getLogger(TerminalEcho.class.getName())
                    .log(
                            System.Logger.Level.DEBUG,
                            "the process is ending; its shutdown hook restores the terminal's echo",
                            e);
        }
    }

    /** An error is ignored: the terminal is closed then. */
    private void restore() {
        LibC.INSTANCE.tcsetattr(descriptor, WHEN_WRITTEN, before);
    }
}
