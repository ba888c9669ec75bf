package org.ecryptfsj.tools.command;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import org.ecryptfsj.linux.LinuxException;

/** The input of a {@link Terminal}. */
public interface TerminalInput {
    /** Whether it is a terminal. */
    boolean isTerminal();

    /**
     * One read into the buffer's remaining space; advances the buffer.
     *
     * @param into a direct buffer
     * @return the bytes read; 0 at the end
     * @throws LinuxException if it fails
     */
    int read(ByteBuffer into) throws LinuxException;

    /**
     * Turns the terminal's echo off, then shows a prompt.
     *
     * @param output receives the prompt
     * @throws LinuxException if it fails
     */
    void hideEcho(String prompt, PrintStream output) throws LinuxException;

    /** Restores the echo after {@link #hideEcho}, and ends the line that was not shown. */
    void showEcho(PrintStream output);
}
