package org.ecryptfsj.protector.tpm2.eventlog;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The event logs of real boots among the test resources, whose README.md says how they were made. */
public enum GoldenLog {
    /** Secure Boot with shim and GRUB. */
    SECURE_BOOT("secure-boot"),
    /** The same machine with another command line in GRUB's configuration. */
    OTHER_COMMAND_LINE("other-command-line"),
    /** The same with another entry in the variable dbx. */
    OTHER_DBX("other-dbx"),
    /** The same without Secure Boot. */
    NO_SECURE_BOOT("no-secure-boot"),
    /** The same without Secure Boot, and with another version of GRUB. */
    OTHER_GRUB("other-grub");

    private static final Set<GoldenLog> WITH_SECURE_BOOT = EnumSet.of(SECURE_BOOT, OTHER_COMMAND_LINE, OTHER_DBX);

    private final String file;

    GoldenLog(String file) {
        this.file = file;
    }

    /** Whether Secure Boot was on. */
    boolean hasSecureBoot() {
        return WITH_SECURE_BOOT.contains(this);
    }

    /** The log as Linux shows it. */
    public byte[] bytes() {
        return resource(file + ".log");
    }

    /** The log. */
    public EventLog parsed() {
        try {
            return EventLog.parse(bytes());
        } catch (MalformedEventLogException e) {
            throw new AssertionError(e);
        }
    }

    /** The values of the PCRs of a bank, which Linux showed after the same boot. */
    public Map<Integer, String> pcrs(String bank) {
        Map<Integer, String> pcrs = new TreeMap<>();
        for (String line : new String(resource(file + ".pcrs"), StandardCharsets.US_ASCII).split("\n")) {
            String[] words = line.split(" ");
            if (words[0].equals(bank)) {
                pcrs.put(Integer.valueOf(words[1]), words[2].toLowerCase(Locale.ROOT));
            }
        }
        return pcrs;
    }

    private static byte[] resource(String name) {
        try (InputStream in = GoldenLog.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
