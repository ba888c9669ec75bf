package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ecryptfsj.tools.machine.Machine;

/** Checks that PAM mounts the encrypted homes and private directories of users with ~/.ecryptfs/auto-mount at login. */
final class LoginChecks {
    private static final String LOGIN = "login";
    private static final String PASSWORD = "login-password";
    private static final String MODULE = "pam_ecryptfs.so";

    /** A line of a PAM file, pam.d(5), that mounts directories: pam_ecryptfs.so, or pam_exec with ecryptfs-pam. */
    private static final Pattern OUR_MODULE_LINE = Pattern.compile(
            "-?(auth|session|password)\\s.*(/|\\s)(pam_ecryptfs\\.so|pam_exec\\.so\\s.*/ecryptfs-pam)(\\s.*)?");

    /**
     * Parent directories of PAM's module directory; on Debian there is a directory with the architecture's name
     * between.
     */
    private static final List<String> LIBRARIES = List.of("/lib", "/lib64", "/usr/lib", "/usr/lib64");

    private LoginChecks() {}

    static List<Finding> opens(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        List<String> users = usersWithAutoMount(machine);
        if (users.isEmpty()) {
            return List.of(Finding.skipped(LOGIN, "no user has ~/.ecryptfs/auto-mount"));
        }
        List<String> lines = linesOfOurModules(machine);
        for (String type : List.of("auth", "session")) {
            if (lines.stream().noneMatch(line -> line.replaceFirst("^-", "").startsWith(type))) {
                return List.of(Finding.problem(
                        LOGIN,
                        "/etc/pam.d has no line of type " + type + " with " + MODULE,
                        "a login does not mount the encrypted directories of " + String.join(", ", users),
                        "pam-auth-update --enable ecryptfs-utils; on systems without pam-auth-update see docs/pam.md"));
            }
        }
        boolean needsModule = lines.stream().anyMatch(line -> line.contains(MODULE));
        if (needsModule && !hasModule(machine)) {
            return List.of(Finding.problem(
                    LOGIN,
                    "/etc/pam.d uses " + MODULE + ", which is not installed",
                    "a login does not mount the encrypted directories of " + String.join(", ", users),
                    "reinstall the package ecryptfsj"));
        }
        return List.of(Finding.ok(LOGIN, "a login mounts the encrypted directories of " + String.join(", ", users)));
    }

    /** Whether a changed password changes the passphrase of wrapped passphrases and key files too. */
    static List<Finding> password(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        List<String> users = usersWithAutoMount(machine);
        if (users.isEmpty()) {
            return List.of(Finding.skipped(PASSWORD, "no user has ~/.ecryptfs/auto-mount"));
        }
        boolean changes = linesOfOurModules(machine).stream()
                .anyMatch(line -> line.replaceFirst("^-", "").startsWith("password") && line.contains(MODULE));
        return List.of(
                changes
                        ? Finding.ok(PASSWORD, "a change of the password changes the passphrase of the directories too")
                        : Finding.warning(
                                PASSWORD,
                                "/etc/pam.d has no line of type password with " + MODULE,
                                "after a change of the password, the login does not unlock the directories of "
                                        + String.join(", ", users),
                                "pam-auth-update --enable ecryptfs-utils; on systems without pam-auth-update see"
                                        + " docs/pam.md"));
    }

    private static List<String> usersWithAutoMount(Machine machine) throws IOException {
        return PrivateUser.all(machine).stream()
                .filter(user -> user.has("auto-mount"))
                .map(PrivateUser::name)
                .toList();
    }

    private static List<String> linesOfOurModules(Machine machine) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String file : machine.list("/etc/pam.d")) {
            machine.lines(file).stream()
                    .map(String::strip)
                    .filter(line -> OUR_MODULE_LINE.matcher(line).matches())
                    .forEach(lines::add);
        }
        return lines;
    }

    private static boolean hasModule(Machine machine) throws IOException {
        for (String library : LIBRARIES) {
            List<String> folders = machine.list(library);
            if (Stream.concat(Stream.of(library), folders.stream())
                    .anyMatch(folder -> machine.exists(folder + "/security/" + MODULE))) {
                return true;
            }
        }
        return false;
    }
}
