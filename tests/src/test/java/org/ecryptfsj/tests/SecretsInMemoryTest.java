package org.ecryptfsj.tests;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * The memory of the daemon at work and at rest, and of the tools when they end, searched for what they know: tests/memory says
 * how. Needs the tree that packaging builds, and root, to read other processes' memory and to run a software TPM.
 */
@Tag("dist")
class SecretsInMemoryTest {
    @TestFactory
    List<DynamicTest> nothingIsLeftOfWhatWasKnown() throws IOException, InterruptedException {
        return new ReportingProgram("memory/run", "memory.tap").tests("the search came to its end");
    }
}
