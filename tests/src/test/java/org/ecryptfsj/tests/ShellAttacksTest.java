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
 * Another local user against the shell commands that root runs: tests/shell-attacks says how. Needs the tree that packaging
 * builds, and root.
 */
@Tag("dist")
class ShellAttacksTest {
    @TestFactory
    List<DynamicTest> anotherUserGainsNothing() throws IOException, InterruptedException {
        assumeThat(Files.getOwner(Path.of("/proc/self"))).hasToString("root");

        return new ReportingProgram("shell-attacks/run", "shell-attacks.tap").tests("all attacks were made");
    }
}
