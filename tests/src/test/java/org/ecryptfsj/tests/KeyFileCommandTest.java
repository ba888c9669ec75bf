package org.ecryptfsj.tests;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** {@code ecryptfs-key} as people and scripts run it: tests/keyfile says how. */
@Tag("dist")
class KeyFileCommandTest {
    @TestFactory
    List<DynamicTest> peopleAndScriptsAreAsked() throws IOException, InterruptedException {
        return new ReportingProgram("keyfile/run", "keyfile.tap").tests("the checks came to their end");
    }
}
