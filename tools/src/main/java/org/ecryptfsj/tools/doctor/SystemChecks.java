package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.tools.machine.Machine;

/** What stands around it: swap that could hold plain text, and the Java that all runs on. */
final class SystemChecks {
    private static final String SWAP = "swap";
    private static final String JAVA = "java";

    private SystemChecks() {}

    static List<Finding> swap(DiagnosticContext context) throws IOException {
        List<String> lines = context.machine().lines("/proc/swaps");
        List<Finding> findings = new ArrayList<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String device = line.replaceFirst("\\s.*", "");
            boolean safe = isEncrypted(context.machine(), device);
            findings.add(
                    safe
                            ? Finding.ok(SWAP, device + " is encrypted, or is memory")
                            : Finding.problem(
                                    SWAP,
                                    device + " is not encrypted",
                                    "what a program reads of your files can be written there in plain text",
                                    "ecryptfs-setup-swap"));
        }
        return findings.isEmpty() ? List.of(Finding.ok(SWAP, "there is none")) : findings;
    }

    /** A device-mapper device tells what it is by its UUID; a swap file or partition can only be looked at from below. */
    private static boolean isEncrypted(Machine machine, String device) throws IOException {
        String name = device.substring(device.lastIndexOf('/') + 1);
        if (name.startsWith("zram")) {
            return true;
        }
        for (String block : machine.list("/sys/block")) {
            if (isBlock(machine, block, device)
                    && machine.text(block + "/dm/uuid")
                            .filter(uuid -> uuid.startsWith("CRYPT-"))
                            .isPresent()) {
                return true;
            }
        }
        return false;
    }

    /** Without udev a mapping's device is there by the mapping's name only. */
    private static boolean isBlock(Machine machine, String block, String device) throws IOException {
        String mapping = machine.text(block + "/dm/name").orElse("");
        return device.equals("/dev/mapper/" + mapping) || block.endsWith(device.substring(device.lastIndexOf('/')));
    }

    /** The launcher takes no Java before 17; what it does without is the archive, and then every command takes its time. */
    static List<Finding> java(DiagnosticContext context) throws IOException {
        String version = System.getProperty("java.version");
        String library = System.getProperty("ecryptfsj.modules", "/usr/lib/ecryptfsj/modules")
                .replaceFirst("/[^/]*$", "");
        Optional<String> missing = Optional.of(library + "/tools-" + version + ".jsa")
                .filter(archive -> !context.machine().exists(archive));
        if (missing.isPresent()) {
            return List.of(Finding.warning(
                    JAVA,
                    "there is no class-data archive for Java " + version,
                    missing.get() + " is missing: Java was updated, and every command starts in twice the time",
                    library + "/archive"));
        }
        return List.of(Finding.ok(JAVA, "Java " + version + ", with its class-data archive"));
    }
}
