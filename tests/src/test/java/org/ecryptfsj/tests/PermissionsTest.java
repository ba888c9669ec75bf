package org.ecryptfsj.tests;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * What users do to programs that root or another user runs: tests/permissions says how. Needs the tree that packaging builds,
 * and root, for accounts of its own in a mount namespace.
 */
@Tag("dist")
class PermissionsTest {
    @TestFactory
    List<DynamicTest> noUserGetsAtAnothersProgramsFilesOrSecrets() throws IOException, InterruptedException {
        return new ReportingProgram("permissions/run", "permissions.tap").tests("all attacks were tried");
    }
}
