package org.ecryptfsj.tests;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * The daemon as a process, with a log that nobody reads, a channel that breaks, too many rights and too little memory:
 * tests/daemon says how. Needs the tree that packaging builds, and root.
 */
@Tag("dist")
class DaemonInTroubleTest {
    @TestFactory
    List<DynamicTest> itGoesOnOrSaysWhyNot() throws IOException, InterruptedException {
        return new ReportingProgram("daemon/run", "daemon.tap").tests("the checks came to their end");
    }
}
