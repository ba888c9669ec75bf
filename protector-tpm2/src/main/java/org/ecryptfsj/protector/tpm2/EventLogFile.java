package org.ecryptfsj.protector.tpm2;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.protector.tpm2.eventlog.EventLog;
import org.ecryptfsj.protector.tpm2.eventlog.MalformedEventLogException;

/** The firmware's event log as the kernel shows it to root, {@code /sys/kernel/security/tpm0/binary_bios_measurements}. */
final class EventLogFile {
    private final Path securityDirectory;

    /** @param securityDirectory usually {@code /sys/kernel/security} */
    EventLogFile(Path securityDirectory) {
        this.securityDirectory = securityDirectory;
    }

    /**
     * Reads the log of the TPM at an address.
     *
     * @return empty if there is none that can be read: everything works without it, and then no change is named
     */
    Optional<EventLog> read(TpmAddress address) {
        Optional<String> name = address.kernelName();
        if (name.isEmpty()) {
            return Optional.empty();
        }
        Path file = securityDirectory.resolve(name.get()).resolve("binary_bios_measurements");
        try (InputStream in = Files.newInputStream(file)) {
            return Optional.of(EventLog.parse(in.readNBytes(EventLog.MAX_BYTES + 1)));
        } catch (IOException | MalformedEventLogException e) {
            return Optional.empty();
        }
    }
}
