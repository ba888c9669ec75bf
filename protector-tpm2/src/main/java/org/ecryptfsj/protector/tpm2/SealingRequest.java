package org.ecryptfsj.protector.tpm2;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;

/**
 * What the parameters ask for.
 *
 * @param selection PCRs to whose present values the file key is bound; may be empty
 * @param pin whether a PIN is needed too
 * @param recheck how often the PCRs are read while the mount key is in use
 */
record SealingRequest(PcrSelection selection, boolean pin, Duration recheck) {
    private static final String PCR = "tpm2_pcr";
    private static final String BANK = "tpm2_bank";
    private static final String AUTH = "tpm2_auth";
    private static final String RECHECK = "tpm2_recheck";
    private static final String NO_PIN = "none";
    private static final String ASK_PIN = "pin";
    private static final String DEFAULT_RECHECK = "5";

    /** The parameters of the protector. */
    static final List<Parameter> PARAMETERS = List.of(
            Parameter.optional(PCR).repeated(),
            Parameter.optional(BANK).withDefault(PcrBank.SHA256.title()),
            Parameter.optional(AUTH).withDefault(NO_PIN),
            Parameter.optional(RECHECK).withDefault(DEFAULT_RECHECK));

    /** @throws ProtectorException BAD_PARAMETER */
    static SealingRequest of(ParameterValues values) throws ProtectorException {
        return new SealingRequest(
                PcrSelection.of(bank(values.text(BANK)), numbers(values.texts(PCR))),
                pin(values.text(AUTH).orElse(NO_PIN)),
                recheck(values.text(RECHECK).orElse(DEFAULT_RECHECK)));
    }

    /** The values that ask for the same as the fields of a key file. Closed by the caller. */
    static ParameterValues valuesFor(Tpm2ProtectorFields fields) {
        ParameterValues values = new ParameterValues();
        fields.policy().pcrs().keySet().forEach(number -> values.add(PCR, number.toString()));
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

    private static SortedSet<Integer> numbers(List<String> texts) throws ProtectorException {
        SortedSet<Integer> numbers = new TreeSet<>();
        for (String text :
                texts.stream().flatMap(list -> Stream.of(list.split(",", -1))).toList()) {
            int number = text.matches("[0-9]{1,2}") ? Integer.parseInt(text) : -1;
            if (number < 0 || number > PcrSelection.MAX_PCR) {
                throw badParameter(PCR + "=" + text + " is no number of a PCR from 0 to " + PcrSelection.MAX_PCR);
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
