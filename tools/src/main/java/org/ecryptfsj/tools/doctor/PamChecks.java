package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ecryptfsj.tools.machine.Machine;

/**
 * Checks of PAM's services (pam.d(5)): {@code /etc/pam.d/SERVICE}, lines of {@code TYPE CONTROL MODULE ARGUMENTS}. A
 * backslash continues a line; {@code @include}, {@code include} and {@code substack} include another service.
 */
final class PamChecks {
    private static final String NAME = "pam-environment";
    private static final String DIRECTORY = "/etc/pam.d/";

    private PamChecks() {}

    /**
     * With pam_env's {@code user_readenv=1}, pam_exec starts programs with environment variables that the user sets.
     */
    static List<Finding> environment(DiagnosticContext context) throws IOException {
        List<Finding> findings = new ArrayList<>();
        boolean used = false;
        for (String file : context.machine().list("/etc/pam.d")) {
            String service = file.substring(DIRECTORY.length());
            List<String> lines = lines(context.machine(), service, new HashSet<>());
            if (lines.stream().noneMatch(PamChecks::runsEcryptfsPam)) {
                continue;
            }
            used = true;
            if (lines.stream().anyMatch(PamChecks::readsUserEnvironment)) {
                findings.add(Finding.problem(
                        NAME,
                        file + " runs ecryptfs-pam as root with the user's environment variables: pam_env.so"
                                + " user_readenv=1",
                        "with LD_PRELOAD in ~/.pam_environment a user runs code as root at login or logout",
                        "remove user_readenv=1 from " + file + " and the files it includes, or remove the"
                                + " pam_exec lines of ecryptfs-pam"));
            }
        }
        if (!used) {
            return List.of(Finding.skipped(NAME, "no PAM service runs ecryptfs-pam"));
        }
        return findings.isEmpty()
                ? List.of(Finding.ok(NAME, "no PAM service that runs ecryptfs-pam uses a user's environment variables"))
                : findings;
    }

    /** The lines of a service and of the services it includes, without comments. */
    private static List<String> lines(Machine machine, String service, Set<String> seen) throws IOException {
        List<String> all = new ArrayList<>();
        if (service.contains("/") || !seen.add(service)) {
            return all;
        }
        String text = machine.text(DIRECTORY + service).orElse("").replaceAll("\\\\\\R", " ");
        for (String whole : text.lines().toList()) {
            String line = whole.replaceFirst("#.*", "").strip();
            String[] words = line.split("\\s+");
            if (words.length == 2 && words[0].equals("@include")) {
                all.addAll(lines(machine, words[1], seen));
            } else if (words.length == 3 && Set.of("include", "substack").contains(words[1].toLowerCase(Locale.ROOT))) {
                all.addAll(lines(machine, words[2], seen));
            } else if (!line.isEmpty()) {
                all.add(line);
            }
        }
        return all;
    }

    private static boolean runsEcryptfsPam(String line) {
        return line.matches(".*\\bpam_exec\\.so\\b.*\\becryptfs-pam(\\s.*)?");
    }

    private static boolean readsUserEnvironment(String line) {
        return line.matches(".*\\bpam_env\\.so\\b.*\\suser_readenv=0*1(\\s.*)?");
    }
}
