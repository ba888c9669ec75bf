package org.ecryptfsj.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The main class of all tools. The first argument names the command; the remaining arguments belong to the command.
 * {@code --list} instead of a name prints all names, for the build.
 */
public final class Launcher {
    private static final int INTERNAL_ERROR = 1;
    private static final int USAGE = 2;

    private Launcher() {}

    /** Runs a command and exits with its code. */
    public static void main(String[] arguments) {
        int code = run(ByteText.arguments(arguments));
        System.out.flush();
        System.exit(code);
    }

    /**
     * Runs a command and reports its failure on standard error.
     *
     * @param arguments the command's name, then its arguments
     * @return the exit code
     */
    public static int run(List<String> arguments) {
        if (arguments.equals(List.of("--list"))) {
            Commands.names().forEach(System.out::println);
            return 0;
        }
        String name = arguments.isEmpty() ? "" : arguments.get(0);
        LockedMemory.allowUnlocked(warning -> System.err.println(name + ": warning: " + warning));
        Optional<Command> command = Commands.named(name);
        if (command.isEmpty()) {
            System.err.println("ecryptfsj: no such command; the commands are " + String.join(", ", Commands.names()));
            return USAGE;
        }
        return run(name, command.get(), arguments.subList(1, arguments.size()));
    }

    /**
     * Runs a command and reports its failure on standard error.
     *
     * @param name the command's name, for messages
     * @param arguments without the command's name
     * @return the exit code
     */
    public static int run(String name, Command command, List<String> arguments) {
        try {
            return command.run(arguments);
        } catch (ToolFailure e) {
            return e.report(name);
        } catch (IOException e) {
            return new ToolFailure(ToolFailure.EIO, e.getMessage(), "").report(name);
        } catch (UncheckedIOException e) {
            return new ToolFailure(ToolFailure.EIO, e.getCause().getMessage(), "").report(name);
        } catch (RuntimeException e) {
            System.err.println(name + ": " + e.getMessage());
            System.err.println("  What to do: report this as a bug, with the following lines");
            e.printStackTrace();
            return INTERNAL_ERROR;
        }
    }
}
