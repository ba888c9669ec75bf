package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));

    @TestFactory
    List<DynamicTest> nothingIsLeftOfWhatWasKnown() throws IOException, InterruptedException {
        Path log = Files.createDirectories(ROOT.resolve("tests/target")).resolve("memory.tap");
        int code = new ProcessBuilder(
                        ROOT.resolve("tests/memory/run").toString(),
                        ROOT.resolve("packaging/target/dist").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        List<Finding> findings = Finding.read(log);
        List<DynamicTest> tests = new ArrayList<>(Finding.tests(findings));
        tests.add(DynamicTest.dynamicTest("the search came to its end", () -> {
            assertThat(findings).hasSizeGreaterThan(1);
            assertThat(code)
                    .as("the exit code of memory/run, after:%n%s", Files.readString(log))
                    .isZero();
        }));
        return tests;
    }
}
