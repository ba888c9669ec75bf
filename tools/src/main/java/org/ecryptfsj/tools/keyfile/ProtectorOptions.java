package org.ecryptfsj.tools.keyfile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The options that name protectors. */
final class ProtectorOptions {
    private static final String TPM_1 = "--tspi";
    private static final String TPM_2 = "--tpm2";
    private static final String UUID = "--tspi-uuid";
    private static final String PCR = "--pcr";
    private static final String BANK = "--pcr-bank";
    private static final String PIN = "--pin";
    private static final String RECHECK = "--recheck";
    private static final String PUBLIC_KEY = "--pcr-public-key";
    private static final String PUBLIC_KEY_PCR = "--public-key-pcr";

    private ProtectorOptions() {}

    /** Adds the options to a grammar. */
    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(Grammar.flag("TPM 1.2 as protector", TPM_1))
                .addOption(Grammar.flag("TPM 2.0 as protector", TPM_2))
                .addOption(Grammar.repeated(
                        Integer.class,
                        "<pcr>",
                        "PCR to whose present value --tspi or --tpm2 binds the key file; can be repeated",
                        "-p",
                        PCR))
                .addOption(Grammar.option(
                        String.class, "UUID", "Existing key in the TPM for --tspi (default: a new key)", UUID))
                .addOption(Grammar.option(
                        String.class,
                        "BANK",
                        "Bank of the PCRs for --tpm2: sha1, sha256, sha384 or sha512 (default: sha256)",
                        BANK))
                .addOption(Grammar.flag(
                        "PIN of 6 to 32 bytes for --tpm2, needed in addition to the PCRs; asked for, or read from a line"
                                + " of standard input",
                        PIN))
                .addOption(Grammar.option(
                        Integer.class,
                        "SECONDS",
                        "Interval at which ecryptfsd reads the PCRs of --tspi or --tpm2 while the directory is mounted",
                        RECHECK))
                .addOption(Grammar.option(
                        String.class,
                        "PEM-FILE",
                        "Public RSA key for --tpm2: PCRs may have all values that its owner signs, as systemd-measure does",
                        PUBLIC_KEY))
                .addOption(Grammar.repeated(
                        Integer.class,
                        "<pcr>",
                        "PCR whose values are signed with --pcr-public-key (default: 11); can be repeated",
                        PUBLIC_KEY_PCR))
                .addOption(Grammar.repeated(
                        String.class, "KEYFILE", "PEM file of an RSA key as protector; can be repeated", "--openssl"))
                .addOption(Grammar.repeated(
                        String.class,
                        "TYPE[:NAME=VALUE[,...]]",
                        "Protector of any installed type, with its parameters; can be repeated",
                        "--protector"))
                .addOption(Grammar.flag(
                        "Passphrase as protector; asked for, or read from a line of standard input", "--passphrase"))
                .addOption(Grammar.flag("Recovery code as protector; printed once", "--recovery"))
                .addOption(Grammar.flag("QR code of the recovery code, printed in the terminal", "--qr"));
    }

    /**
     * The protectors that are asked for: those that ask nobody first.
     *
     * @return at least one
     * @throws ToolFailure if there is none, or an option belongs to none
     */
    static List<ProtectorRequest> of(ParseResult given) throws ToolFailure {
        List<ProtectorRequest> requests = new ArrayList<>();
        requireOwner(given);
        if (given.hasMatchedOption(TPM_1)) {
            requests.add(new ProtectorRequest("tspi", tspi(given)));
        }
        if (given.hasMatchedOption(TPM_2)) {
            requests.add(new ProtectorRequest("tpm2", tpm2(given)));
        }
        for (String file : given.matchedOptionValue("--openssl", List.<String>of())) {
            requests.add(new ProtectorRequest("openssl", Map.of("openssl_keyfile", file)));
        }
        for (String text : given.matchedOptionValue("--protector", List.<String>of())) {
            requests.add(ProtectorRequest.parse(text));
        }
        if (given.hasMatchedOption("--passphrase")) {
            requests.add(new ProtectorRequest("passphrase", Map.of()));
        }
        if (given.hasMatchedOption("--recovery")) {
            requests.add(new ProtectorRequest("recovery", Map.of()));
        }
        if (requests.isEmpty()) {
            throw new ToolFailure(
                    Subcommand.USAGE,
                    "no protector is given",
                    "give one or more of --tspi, --tpm2, --openssl KEYFILE, --passphrase, --recovery, --protector TYPE");
        }
        return requests;
    }

    /** @throws ToolFailure if an option is given without the one that it belongs to */
    private static void requireOwner(ParseResult given) throws ToolFailure {
        if (given.hasMatchedOption(TPM_1) && given.hasMatchedOption(TPM_2)) {
            throw usage("--tspi and --tpm2 exclude each other: a machine has one of both TPMs", "leave one out");
        }
        if (given.hasMatchedOption(UUID) && !given.hasMatchedOption(TPM_1)) {
            throw usage("--tspi-uuid belongs to --tspi", "add --tspi, or leave it out");
        }
        for (String option : List.of(BANK, PIN, PUBLIC_KEY, PUBLIC_KEY_PCR)) {
            if (given.hasMatchedOption(option) && !given.hasMatchedOption(TPM_2)) {
                throw usage(option + " belongs to --tpm2", "add --tpm2, or leave it out");
            }
        }
        boolean ofBoth = given.hasMatchedOption(PCR) || given.hasMatchedOption(RECHECK);
        if (ofBoth && !given.hasMatchedOption(TPM_1) && !given.hasMatchedOption(TPM_2)) {
            throw usage(
                    "--pcr and --recheck belong to --tspi and --tpm2",
                    "add the one of this machine, or leave them out");
        }
    }

    private static ToolFailure usage(String message, String advice) {
        return new ToolFailure(Subcommand.USAGE, message, advice);
    }

    private static Map<String, String> tspi(ParseResult given) {
        Map<String, String> values = watched("tspi", given);
        Grammar.text(given, UUID).ifPresent(uuid -> values.put("tspi_uuid", uuid));
        return values;
    }

    private static Map<String, String> tpm2(ParseResult given) {
        Map<String, String> values = watched("tpm2", given);
        Grammar.text(given, BANK).ifPresent(bank -> values.put("tpm2_bank", bank));
        if (given.hasMatchedOption(PIN)) {
            values.put("tpm2_auth", "pin");
        }
        Grammar.text(given, PUBLIC_KEY).ifPresent(file -> values.put("tpm2_public_key", file));
        numbers(given, PUBLIC_KEY_PCR).ifPresent(numbers -> values.put("tpm2_public_key_pcr", numbers));
        return values;
    }

    /** The parameters that both kinds of TPM have. */
    private static Map<String, String> watched(String type, ParseResult given) {
        Map<String, String> values = new LinkedHashMap<>();
        numbers(given, PCR).ifPresent(numbers -> values.put(type + "_pcr", numbers));
        if (given.hasMatchedOption(RECHECK)) {
            values.put(type + "_recheck", String.valueOf(given.matchedOptionValue(RECHECK, Integer.valueOf(0))));
        }
        return values;
    }

    private static Optional<String> numbers(ParseResult given, String option) {
        List<Integer> numbers = given.matchedOptionValue(option, List.of());
        return numbers.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        String.join(",", numbers.stream().map(String::valueOf).toList()));
    }
}
