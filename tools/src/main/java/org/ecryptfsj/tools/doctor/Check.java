package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.List;

/** Looks at one thing. */
@FunctionalInterface
interface Check {
    /**
     * Looks.
     *
     * @throws IOException if the machine cannot be read where it should be
     */
    List<Finding> run(DiagnosticContext context) throws IOException;
}
