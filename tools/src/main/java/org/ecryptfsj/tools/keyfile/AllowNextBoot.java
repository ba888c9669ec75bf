package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key allow-next-boot}: a protector that opens after an update of firmware or boot loader, for a boot. */
final class AllowNextBoot implements Subcommand {
    private static final String TYPE = "tpm2";
    private static final String LABEL = "next boot";
    private static final String BOOTS = "--boots";
    private static final String FIRMWARE = "--firmware";
    private static final String PIN = "--pin";
    private static final String REBIND = "--rebind";

    /** Firmware capsules and shim restart the machine several times. */
    private static final int BOOTS_OF_FIRMWARE = 8;

    @Override
    public CommandSpec grammar() {
        return Subcommand.grammar(
                        "allow-next-boot",
                        "Lets the TPM 2.0 unlock the key file in the next boot, whatever the PCRs are then. For an update of"
                                + " firmware, boot loader or Secure Boot. The mount in that boot ends it. Until then, a person"
                                + " who has this machine and its disk can open the directory.")
                .addOption(Grammar.option(
                        Integer.class, "N", "Number of boots in which it opens: 1 to 64 (default: 1)", BOOTS))
                .addOption(Grammar.flag(
                        "Update of the firmware, which starts the machine several times: the same as --boots "
                                + BOOTS_OF_FIRMWARE,
                        FIRMWARE))
                .addOption(Grammar.flag(
                        "PIN of 6 to 32 bytes, needed in these boots; asked for, or read from a line of standard input",
                        PIN))
                .addOption(Grammar.flag(
                        "Binding of the other TPM protectors to the PCRs of that boot, at its mount. It trusts whatever was"
                                + " booted",
                        REBIND));
    }

    @Override
    public int run(ParseResult given, KeyFileSession session)
            throws ToolFailure, KeyFileException, ProtectorException, IOException {
        int boots = boots(given);
        KeyFile before = session.read();
        requireTpm2(before);
        requireRebindable(given, before, session);
        ProtectorRequest request = request(boots, given.hasMatchedOption(REBIND), given.hasMatchedOption(PIN));
        List<ProtectorEntry> former = TemporaryProtectors.of(before, session.protectors());
        try (Unlocked unlocked = session.unlock(before);
                AddedProtectors added = AddedProtectors.add(
                        unlocked.file(), List.of(request), LABEL, session.protectors(), session.prompter())) {
            for (ProtectorEntry entry : former) {
                unlocked.file().remove(entry.id());
            }
            session.replace(before, unlocked.file());
            System.out.println("Added " + added.names() + " to " + session.path());
            System.out.println((boots == 1
                            ? "In the next boot it opens the key file"
                            : "In the next " + boots + " boots it opens the key file")
                    + ", whatever was booted; the mount in such a boot removes it.");
        }
        return 0;
    }

    /**
     * A protector of a TPM 2.0 for some boots.
     *
     * @param rebind whether the other protectors are bound anew at the mount in one of them
     * @param pin whether a PIN is needed
     */
    static ProtectorRequest request(int boots, boolean rebind, boolean pin) {
        return new ProtectorRequest(
                TYPE,
                Map.of(
                        "tpm2_boots",
                        String.valueOf(boots),
                        "tpm2_rebind",
                        rebind ? "yes" : "no",
                        "tpm2_auth",
                        pin ? "pin" : "none"));
    }

    private static int boots(ParseResult given) throws ToolFailure {
        if (given.hasMatchedOption(BOOTS) && given.hasMatchedOption(FIRMWARE)) {
            throw new ToolFailure(USAGE, BOOTS + " and " + FIRMWARE + " exclude each other", "leave one out");
        }
        int boots = given.hasMatchedOption(FIRMWARE)
                ? BOOTS_OF_FIRMWARE
                : given.matchedOptionValue(BOOTS, Integer.valueOf(1));
        if (boots < 1) {
            throw new ToolFailure(USAGE, BOOTS + " " + boots + " is no number of boots", "give 1 to 64");
        }
        return boots;
    }

    private static void requireTpm2(KeyFile file) throws ToolFailure {
        if (file.protectors().stream().noneMatch(entry -> entry.type().equals(TYPE))) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "the key file has no protector of a TPM 2.0, so the PCRs of the next boot do not matter",
                    "with a TPM 1.2 type the recovery code after the update, then run ecryptfs-key rebind");
        }
    }

    private static void requireRebindable(ParseResult given, KeyFile file, KeyFileSession session) throws ToolFailure {
        if (given.hasMatchedOption(REBIND)
                && ProtectorRebinding.withoutPerson(file, session.protectors()).isEmpty()) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    REBIND
                            + ": no protector can be bound anew without a person: there is none with PCRs, or it has a PIN",
                    "leave it out, and run ecryptfs-key rebind in the next boot");
        }
    }
}
