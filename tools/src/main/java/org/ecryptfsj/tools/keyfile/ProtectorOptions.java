package org.ecryptfsj.tools.keyfile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The options that name protectors. */
final class ProtectorOptions {
    private ProtectorOptions() {}

    /** Adds the options to a grammar. */
    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(Grammar.flag("TPM 1.2 as protector", "--tspi"))
                .addOption(Grammar.repeated(
                        Integer.class,
                        "<pcr>",
                        "PCR to whose present value --tspi binds the key file; can be repeated",
                        "-p",
                        "--pcr"))
                .addOption(Grammar.option(
                        String.class, "UUID", "Existing key in the TPM for --tspi (default: a new key)", "--tspi-uuid"))
                .addOption(Grammar.option(
                        Integer.class,
                        "SECONDS",
                        "Interval at which ecryptfsd reads the PCRs of --tspi while the directory is mounted",
                        "--recheck"))
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
        Map<String, String> tspi = tspi(given);
        if (given.hasMatchedOption("--tspi")) {
            requests.add(new ProtectorRequest("tspi", tspi));
        } else if (!tspi.isEmpty()) {
            throw new ToolFailure(
                    Subcommand.USAGE,
                    "--pcr, --tspi-uuid and --recheck belong to --tspi",
                    "add --tspi, or leave them out");
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
                    "give one or more of --tspi, --openssl KEYFILE, --passphrase, --recovery, --protector TYPE");
        }
        return requests;
    }

    private static Map<String, String> tspi(ParseResult given) {
        Map<String, String> values = new LinkedHashMap<>();
        List<Integer> pcrs = given.matchedOptionValue("--pcr", List.of());
        if (!pcrs.isEmpty()) {
            values.put(
                    "tspi_pcr",
                    String.join(",", pcrs.stream().map(String::valueOf).toList()));
        }
        if (given.hasMatchedOption("--tspi-uuid")) {
            values.put("tspi_uuid", given.matchedOptionValue("--tspi-uuid", ""));
        }
        if (given.hasMatchedOption("--recheck")) {
            values.put("tspi_recheck", String.valueOf(given.matchedOptionValue("--recheck", Integer.valueOf(0))));
        }
        return values;
    }
}
