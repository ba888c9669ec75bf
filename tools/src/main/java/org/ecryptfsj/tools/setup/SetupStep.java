package org.ecryptfsj.tools.setup;

import java.io.IOException;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * One thing that a set-up does.
 *
 * @param description what, as an order
 * @param action how
 */
record SetupStep(String description, Action action) {
    /** Does it, and tells the journal. */
    @FunctionalInterface
    interface Action {
        /**
         * Does it.
         *
         * @throws ToolFailure if it cannot; what it did before that stands in the journal
         */
        void take(SetupRun run) throws ToolFailure, IOException;
    }
}
