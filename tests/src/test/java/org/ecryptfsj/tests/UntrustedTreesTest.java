package org.ecryptfsj.tests;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * A user who attacks root's ecryptfs-decrypt, ecryptfs-check and ecryptfs-rekey, from inside the tree that they work on: tests/attacks says how. Needs the tree that
 * packaging builds, and root, to be both.
 */
@Tag("dist")
class UntrustedTreesTest {
    @TestFactory
    List<DynamicTest> nothingIsWon() throws IOException, InterruptedException {
        return new ReportingProgram("attacks/untrusted-trees", "untrusted-trees.tap").tests("all attacks were tried");
    }
}
