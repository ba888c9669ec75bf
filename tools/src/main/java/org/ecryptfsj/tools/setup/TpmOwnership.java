package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * Takes ownership of a TPM without an owner.
 *
 * @param questions asks the user for consent
 * @param messages receives a line for the user
 */
record TpmOwnership(SetupContext context, SetupQuestions questions, Consumer<String> messages) {
    /**
     * Takes ownership if the TPM has no owner, and the user consents.
     *
     * @param withoutQuestion whether an option says so, so that no question is needed
     * @param asks whether the user can be asked
     * @throws ToolFailure if it fails
     */
    void take(boolean withoutQuestion, boolean asks) throws ToolFailure, IOException {
        boolean missing = context.machine()
                .text("/sys/class/tpm/tpm0/owned")
                .filter("0"::equals)
                .isPresent();
        if (!missing) {
            return;
        }
        if (withoutQuestion) {
            messages.accept("Taking ownership of the TPM with the well-known secrets");
            context.programs().run(List.of("tpm_createek"));
            context.programs().runOrFail(List.of("tpm_takeownership", "-y", "-z"));
        } else if (asks) {
            System.out.println("The TPM has no owner. tpm_takeownership makes you the owner. It asks for an owner"
                    + " password, which is needed to change the TPM's settings, not to use keys. Keep"
                    + " it safe.");
            if (questions.yes("Take ownership now", true)) {
                context.programs().run(List.of("tpm_createek"));
                int code = context.programs().runInteractively(List.of("tpm_takeownership", "-z"));
                if (code != 0) {
                    throw new ToolFailure(
                            SetupTpm.FAILED,
                            "tpm_takeownership failed with exit code " + code,
                            "correct the problem that it reports, then run this command again");
                }
            }
        }
    }
}
