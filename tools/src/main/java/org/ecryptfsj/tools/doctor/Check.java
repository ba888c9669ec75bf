package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.List;

/** A check of one aspect of the machine. */
@FunctionalInterface
interface Check {
    /** Runs the check.
     *
     * @throws IOException if a file of the machine cannot be read
     */
    List<Finding> run(DiagnosticContext context) throws IOException;
}
