package org.ecryptfsj.tools.setup;

import java.io.IOException;
import org.ecryptfsj.tools.command.ToolFailure;

/** A step of a setup.
 *
 * @param description what the step does, in the imperative
 * @param action performs the step
 */
record SetupStep(String description, Action action) {
    /** Performs a step and records its changes in the undo log. */
    @FunctionalInterface
    interface Action {
        /** Performs the step.
         *
         * @throws ToolFailure if it fails; the undo log has the changes made until then
         */
        void perform(SetupRun run) throws ToolFailure, IOException;
    }
}
