package org.ecryptfsj.tools;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The one main class of all tools: the first argument names the command, the others are its own. */
public final class Launcher {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private static final Map<String, Supplier<Command>> COMMANDS = Map.of(
            "ecryptfs-generate-tpm-key", GenerateTpmKey::new,
            "mount.ecryptfs", MountEcryptfs::new,
            "umount.ecryptfs", UmountEcryptfs::new);

    private Launcher() {}

    /** Runs a command and exits with its code. */
    public static void main(String[] arguments) {
        int code = run(List.of(arguments));
        System.out.flush();
        System.exit(code);
    }

    static int run(List<String> arguments) {
        Supplier<Command> command = arguments.isEmpty() ? null : COMMANDS.get(arguments.get(0));
        if (command == null) {
            System.err.println("ecryptfsj: call this as one of "
                    + COMMANDS.keySet().stream().sorted().toList());
            return USAGE;
        }
        try {
            return command.get().run(arguments.subList(1, arguments.size()));
        } catch (RuntimeException e) {
            System.err.println(arguments.get(0) + ": " + e.getMessage());
            System.err.println("  What to do: report this as a defect, with the lines that follow");
            e.printStackTrace();
            return FAILED;
        }
    }

    /** What {@code --version} prints, in the form of ecryptfs-utils: name, package, number. */
    static String version(String command) {
        String number = Launcher.class.getPackage().getImplementationVersion();
        return command + " (ecryptfsj) " + (number == null ? "unpackaged" : number);
    }
}
