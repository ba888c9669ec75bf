package org.ecryptfsj.tools.keyfile;

import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Supplier;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.MountSecret;
import org.ecryptfsj.keyfile.UnlockedKeyFile;
import org.ecryptfsj.keyfile.UnlockedKeyFile.NewMount;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.KeyQuestions;

/**
 * A new key file, not written yet, with a random mount key, encrypted names and two protectors: a TPM, and a recovery
 * code. For programs that set up a machine; nobody is asked.
 */
public final class TpmKeyFile implements AutoCloseable {
    private final KeyFile content;
    private final AddedProtectors protectors;

    private TpmKeyFile(KeyFile content, AddedProtectors protectors) {
        this.content = content;
        this.protectors = protectors;
    }

    /**
     * Makes the key file in memory, with a key of a TPM 1.2 that exists.
     *
     * @param label of the key file
     * @param tpmKey UUID of the TPM key
     * @param installed the protectors of this machine; stay the caller's
     * @param modules with the one that derives keys from passphrases; stay the caller's
     * @return closed by the caller
     * @throws ToolFailure if a protector or a key module is not installed, or the TPM key cannot be used
     */
    public static TpmKeyFile create(String label, String tpmKey, Protectors installed, KeyModules modules)
            throws ToolFailure {
        return create(label, new ProtectorRequest("tspi", Map.of("tspi_uuid", tpmKey)), List.of(), installed, modules);
    }

    /**
     * Makes the key file in memory, with a TPM 2.0.
     *
     * @param label of the key file
     * @param pcrs to whose present values it is bound; may be empty
     * @param nextBoot whether the TPM also opens it in the next boot, whatever is booted
     * @param installed the protectors of this machine; stay the caller's
     * @param modules with the one that derives keys from passphrases; stay the caller's
     * @return closed by the caller
     * @throws ToolFailure if a protector or a key module is not installed, or the TPM cannot be used
     */
    public static TpmKeyFile withTpm2(
            String label, SortedSet<Integer> pcrs, boolean nextBoot, Protectors installed, KeyModules modules)
            throws ToolFailure {
        String numbers = String.join(",", pcrs.stream().map(String::valueOf).toList());
        Map<String, String> values = pcrs.isEmpty() ? Map.of() : Map.of("tpm2_pcr", numbers);
        List<ProtectorRequest> temporary = nextBoot ? List.of(AllowNextBoot.request(1, false, false)) : List.of();
        return create(label, new ProtectorRequest("tpm2", values), temporary, installed, modules);
    }

    private static TpmKeyFile create(
            String label,
            ProtectorRequest tpm,
            List<ProtectorRequest> further,
            Protectors installed,
            KeyModules modules)
            throws ToolFailure {
        List<ProtectorRequest> requests = new ArrayList<>(List.of(tpm, new ProtectorRequest("recovery", Map.of())));
        requests.addAll(further);
        NewMount mount = new NewMount(CreateKeyFile.DEFAULT, Optional.of(CreateKeyFile.DEFAULT), false);
        try (MountSecret secret = MountSecret.random(true);
                UnlockedKeyFile made =
                        UnlockedKeyFile.create(secret, mount, label, Instant.now(), InstalledDerivation.of(modules))) {
            AddedProtectors added = AddedProtectors.add(made, requests, "", installed, Prompter.nobody());
            boolean complete = false;
            try {
                KeyFile content = made.file();
                complete = true;
                return new TpmKeyFile(content, added);
            } finally {
                if (!complete) {
                    added.close();
                }
            }
        } catch (KeyFileException e) {
            throw KeyFileFailures.of(e);
        } catch (ProtectorException e) {
            throw KeyFileFailures.of(e);
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        } catch (LibcryptoMissingException e) {
            throw KeyFileFailures.of(e);
        }
    }

    /** What is to be written. */
    public KeyFile content() {
        return content;
    }

    /**
     * Prints the recovery code, which nobody sees again.
     *
     * @param text receives what is around it
     * @param secrets gives the output for the code once the text before it is written; unbuffered
     * @throws ToolFailure if it cannot be printed
     */
    public void printCode(PrintStream text, Supplier<OutputStream> secrets) throws ToolFailure {
        protectors.printCodes(false, text, secrets);
    }

    @Override
    public void close() {
        protectors.close();
    }
}
