package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.tools.machine.Machine;

/** Checks of swap, which can contain plain text, and of the Java that runs the programs. */
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
                            ? Finding.ok(SWAP, device + " is encrypted or in memory (zram)")
                            : Finding.problem(
                                    SWAP,
                                    device + " is not encrypted",
                                    "decrypted file contents in a program's memory can be written there in plain text",
                                    "ecryptfs-setup-swap"));
        }
        return findings.isEmpty() ? List.of(Finding.ok(SWAP, "there is no swap")) : findings;
    }

    /** The UUID of a device-mapper device shows whether it is encrypted. */
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

    /** Without udev, the device of a mapping exists only under the mapping's name. */
    private static boolean isBlock(Machine machine, String block, String device) throws IOException {
        String mapping = machine.text(block + "/dm/name").orElse("");
        return device.equals("/dev/mapper/" + mapping) || block.endsWith(device.substring(device.lastIndexOf('/')));
    }

    /**
     * Checks the class-data archive, which halves the start time. The launcher itself refuses Java versions before 17.
     */
    static List<Finding> java(DiagnosticContext context) throws IOException {
        String version = System.getProperty("java.version");
        String library = System.getProperty("ecryptfsj.modules", "/usr/lib/ecryptfsj/modules")
                .replaceFirst("/[^/]*$", "");
        Optional<String> missing = Optional.of(library + "/tools-" + version + ".jsa")
                .filter(archive -> !context.machine().exists(archive));
        if (missing.isPresent()) {
            return List.of(Finding.warning(
                    JAVA,
                    "the class-data archive for Java " + version + " is missing",
                    missing.get() + " is missing, usually after an update of Java: every command needs twice"
                            + " the time to start",
                    library + "/archive"));
        }
        return List.of(Finding.ok(JAVA, "Java " + version + ", with its class-data archive"));
    }
}
