package org.ecryptfsj.tests;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Our commands beside those of ecryptfs-utils, on the same input: tests/side-by-side says how. Needs the tree that packaging
 * builds, and root, since each side gets a home and keyrings of its own.
 */
@Tag("dist")
class SideBySideTest {
    @TestFactory
    List<DynamicTest> ourCommandsDoWhatTheCToolsDo() throws IOException, InterruptedException {
        return new ReportingProgram("side-by-side/compare", "side-by-side.tap").tests("all cases were run");
    }
}
