package org.ecryptfsj.protector.tpm2;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.tree.Trust;

/**
 * What the parameters ask for.
 *
 * @param selection PCRs to whose present values the file key is bound; may be empty
 * @param pin whether a PIN is needed too
 * @param recheck how often the PCRs are read while the mount key is in use
 * @param signed PCRs whose values must be signed
 * @param boots after the present one, in which alone it opens; 0 if it opens in each
 * @param rebindsOthers whether the other protectors are bound to the machine's state once it has served for a boot
 */
record SealingRequest(
        PcrSelection selection,
        boolean pin,
        Duration recheck,
        Optional<SignedPcrs> signed,
        int boots,
        boolean rebindsOthers) {
    private static final String PCR = "tpm2_pcr";
    private static final String BANK = "tpm2_bank";
    private static final String AUTH = "tpm2_auth";
    private static final String RECHECK = "tpm2_recheck";
    private static final String NO_PIN = "none";
    private static final String ASK_PIN = "pin";
    private static final String PUBLIC_KEY = "tpm2_public_key";
    private static final String PUBLIC_KEY_PCR = "tpm2_public_key_pcr";
    private static final String BOOTS = "tpm2_boots";
    private static final String REBIND = "tpm2_rebind";
    private static final String DEFAULT_RECHECK = "5";
    private static final String NO_LIMIT = "0";
    private static final String YES = "yes";
    private static final String NO = "no";

    /** What systemd-measure signs. */
    private static final String UNIFIED_KERNEL_PCR = "11";

    private static final String IN_BASE64 = "base64:";
    private static final int MOST_PEM_BYTES = 16384;

    /** The parameters of the protector. */
    static final List<Parameter> PARAMETERS = List.of(
            Parameter.optional(PCR).repeated(),
            Parameter.optional(BANK).withDefault(PcrBank.SHA256.title()),
            Parameter.optional(AUTH).withDefault(NO_PIN),
            Parameter.optional(RECHECK).withDefault(DEFAULT_RECHECK),
            Parameter.optional(PUBLIC_KEY),
            Parameter.optional(PUBLIC_KEY_PCR).repeated(),
            Parameter.optional(BOOTS).withDefault(NO_LIMIT),
            Parameter.optional(REBIND).withDefault(NO));

    /** @throws ProtectorException BAD_PARAMETER */
    static SealingRequest of(ParameterValues values) throws ProtectorException {
        PcrBank bank = bank(values.text(BANK));
        return new SealingRequest(
                PcrSelection.of(bank, numbers(PCR, values.texts(PCR))),
                pin(values.text(AUTH).orElse(NO_PIN)),
                recheck(values.text(RECHECK).orElse(DEFAULT_RECHECK)),
                signed(values.text(PUBLIC_KEY), values.texts(PUBLIC_KEY_PCR), bank),
                boots(values.text(BOOTS).orElse(NO_LIMIT)),
                yes(values.text(REBIND).orElse(NO)));
    }

    /** The values that ask for the same as the fields of a key file. Closed by the caller. */
    static ParameterValues valuesFor(Tpm2ProtectorFields fields) {
        ParameterValues values = new ParameterValues();
        fields.policy().pcrs().keySet().forEach(number -> values.add(PCR, number.toString()));
        fields.policy().signed().ifPresent(signed -> {
            values.add(
                    PUBLIC_KEY,
                    IN_BASE64 + Base64.getEncoder().encodeToString(signed.key().encoded()));
            signed.selection().numbers().forEach(number -> values.add(PUBLIC_KEY_PCR, number.toString()));
        });
        return values.add(BANK, fields.policy().bank().title())
                .add(AUTH, fields.policy().pin() ? ASK_PIN : NO_PIN)
                .add(RECHECK, String.valueOf(fields.recheck().toSeconds()));
    }

    private static PcrBank bank(Optional<String> title) throws ProtectorException {
        String given = title.orElse(PcrBank.SHA256.title());
        return PcrBank.named(given)
                .orElseThrow(() -> badParameter(BANK + "=" + given + " is no bank of PCRs; the banks are "
                        + Arrays.stream(PcrBank.values()).map(PcrBank::title).collect(Collectors.joining(", "))));
    }

    private static Optional<SignedPcrs> signed(Optional<String> key, List<String> numbers, PcrBank bank)
            throws ProtectorException {
        if (key.isEmpty() && !numbers.isEmpty()) {
            throw badParameter(PUBLIC_KEY_PCR + " is given without " + PUBLIC_KEY);
        }
        if (key.isEmpty()) {
            return Optional.empty();
        }
        List<String> signed = numbers.isEmpty() ? List.of(UNIFIED_KERNEL_PCR) : numbers;
        return Optional.of(new SignedPcrs(key(key.get()), PcrSelection.of(bank, numbers(PUBLIC_KEY_PCR, signed))));
    }

    /** Reads the key only from a file that other users cannot write: they could put a key of theirs there. */
    private static PcrSigningKey key(String text) throws ProtectorException {
        try {
            if (text.startsWith(IN_BASE64)) {
                return PcrSigningKey.parse(Base64.getDecoder().decode(text.substring(IN_BASE64.length())));
            }
            try (Descriptor file = Trust.open(Path.of(text))) {
                return PcrSigningKey.parsePem(file.bytes(MOST_PEM_BYTES));
            }
        } catch (IOException | IllegalArgumentException | MalformedFieldException e) {
            throw badParameter("the public key " + text + " cannot be used: " + e.getMessage());
        }
    }

    private static int boots(String text) throws ProtectorException {
        int boots = text.matches("[0-9]{1,2}") ? Integer.parseInt(text) : -1;
        if (boots < 0 || boots > ResetWindow.MOST_BOOTS) {
            throw badParameter(BOOTS + "=" + text + " is not a number of boots from 0 to " + ResetWindow.MOST_BOOTS);
        }
        return boots;
    }

    private static boolean yes(String text) throws ProtectorException {
        return switch (text) {
            case YES -> true;
            case NO -> false;
            default -> throw badParameter(REBIND + "=" + text + " is neither " + YES + " nor " + NO);
        };
    }

    private static SortedSet<Integer> numbers(String name, List<String> texts) throws ProtectorException {
        SortedSet<Integer> numbers = new TreeSet<>();
        for (String text :
                texts.stream().flatMap(list -> Stream.of(list.split(",", -1))).toList()) {
            int number = text.matches("[0-9]{1,2}") ? Integer.parseInt(text) : -1;
            if (number < 0 || number > PcrSelection.MAX_PCR) {
                throw badParameter(name + "=" + text + " is no number of a PCR from 0 to " + PcrSelection.MAX_PCR);
            }
            numbers.add(number);
        }
        return numbers;
    }

    private static boolean pin(String text) throws ProtectorException {
        return switch (text) {
            case ASK_PIN -> true;
            case NO_PIN -> false;
            default -> throw badParameter(AUTH + "=" + text + " is neither " + ASK_PIN + " nor " + NO_PIN);
        };
    }

    private static Duration recheck(String text) throws ProtectorException {
        int seconds = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
        if (seconds < 1 || seconds > Tpm2ProtectorFields.MAX_RECHECK) {
            throw badParameter(
                    RECHECK + "=" + text + " is not a number of seconds from 1 to " + Tpm2ProtectorFields.MAX_RECHECK);
        }
        return Duration.ofSeconds(seconds);
    }

    private static ProtectorException badParameter(String message) {
        return new ProtectorException(Reason.BAD_PARAMETER, message, "Correct it.");
    }
}
