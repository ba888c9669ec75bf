package org.ecryptfsj.tests;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * The daemon as a process, with a full log socket, a broken channel, too many capabilities and too little memory: see
 * tests/daemon. Needs the tree that packaging builds, and root.
 */
@Tag("dist")
class DaemonFaultTest {
    @TestFactory
    List<DynamicTest> itContinuesOrReportsWhyItEnds() throws IOException, InterruptedException {
        return new ReportingProgram("daemon/run", "daemon.tap").tests("the checks ran to their end");
    }
}
