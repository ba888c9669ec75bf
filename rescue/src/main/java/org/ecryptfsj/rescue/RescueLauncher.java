package org.ecryptfsj.rescue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.tools.Launcher;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.CommandVersion;
import org.ecryptfsj.tools.offline.EcryptfsCat;
import org.ecryptfsj.tools.offline.EcryptfsCheck;
import org.ecryptfsj.tools.offline.EcryptfsDecrypt;
import org.ecryptfsj.tools.offline.EcryptfsStat;
import org.ecryptfsj.tools.passphrase.UnwrapPassphrase;
import org.ecryptfsj.tools.platform.Platform;

/** The main class of {@code ecryptfsj-rescue.jar}. The first argument names the command. */
public final class RescueLauncher {
    private static final String NAME = "ecryptfsj-rescue";
    private static final String PREFIX = "ecryptfs-";
    private static final int USAGE = 2;
    private static final Map<String, String> PURPOSES = new TreeMap<>(Map.of(
            "cat", "prints decrypted contents",
            "check", "checks an encrypted directory",
            "decrypt", "decrypts a directory",
            "stat", "prints the header of an encrypted file",
            "unwrap-passphrase", "prints the passphrase in a wrapped-passphrase file"));

    private RescueLauncher() {}

    /** Runs a command and exits with its code. */
    public static void main(String[] arguments) {
        int code = run(ByteText.arguments(arguments));
        System.out.flush();
        System.exit(code);
    }

    /**
     * Runs a command.
     *
     * @param arguments the command's name, then its arguments
     * @return the exit code
     */
    static int run(List<String> arguments) {
        if (arguments.equals(List.of("--help"))) {
            System.out.print(help());
            return 0;
        }
        if (arguments.equals(List.of("--version"))) {
            System.out.println(CommandVersion.of(NAME));
            return 0;
        }
        Optional<String> verb = arguments.isEmpty() ? Optional.empty() : verb(arguments.get(0));
        if (verb.isEmpty()) {
            System.err.println(NAME + ": no such command; the commands are " + String.join(", ", PURPOSES.keySet()));
            System.err.println("  What to do: see java -jar " + NAME + ".jar --help");
            return USAGE;
        }
        String name = PREFIX + verb.get();
        LockedMemory.neverLock(warning -> System.err.println(name + ": warning: " + warning));
        return Launcher.run(name, command(verb.get(), new JavaPlatform()), arguments.subList(1, arguments.size()));
    }

    /** The command's name without {@code ecryptfs-}; empty if there is none. */
    private static Optional<String> verb(String argument) {
        String verb = argument.startsWith(PREFIX) ? argument.substring(PREFIX.length()) : argument;
        return PURPOSES.containsKey(verb) ? Optional.of(verb) : Optional.empty();
    }

    private static Command command(String verb, Platform platform) {
        return switch (verb) {
            case "cat" -> new EcryptfsCat(platform);
            case "check" -> new EcryptfsCheck(platform);
            case "decrypt" -> new EcryptfsDecrypt(platform);
            case "stat" -> new EcryptfsStat(platform);
            case "unwrap-passphrase" -> new UnwrapPassphrase(platform);
            default -> throw new IllegalArgumentException(verb);
        };
    }

    private static String help() {
        StringBuilder help = new StringBuilder("Usage: java -jar " + NAME + ".jar COMMAND [ARGUMENT]...\n"
                + "Reads encrypted directories of eCryptfs on any system with Java, without a mount.\n\n");
        PURPOSES.forEach((verb, purpose) -> help.append(String.format("  %-18s  %s%n", verb, purpose)));
        return help.append("\nThe full names, such as " + PREFIX + "decrypt, can be used too. COMMAND --help explains a"
                        + " command.\n--version prints the version. Licences: META-INF in the jar.\n")
                .toString();
    }
}
