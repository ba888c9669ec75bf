package org.ecryptfsj.tests;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Recovery of private directories, up to the options of the mount: tests/recovery says how. Needs the tree that packaging
 * builds, and root.
 */
@Tag("dist")
class RecoveryTest {
    @TestFactory
    List<DynamicTest> privateDirectoriesAreRecovered() throws IOException, InterruptedException {
        assumeThat(Files.getOwner(Path.of("/proc/self"))).hasToString("root");

        return new ReportingProgram("recovery/run", "recovery.tap").tests("all checks were made");
    }
}
