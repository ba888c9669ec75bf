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
 * Our commands beside those of ecryptfs-utils, on the same input: tests/side-by-side says how. Needs the tree that packaging
 * builds, and root, since each side gets a home and keyrings of its own.
 */
@Tag("dist")
class SideBySideTest {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));

    @TestFactory
    List<DynamicTest> ourCommandsDoWhatTheCToolsDo() throws IOException, InterruptedException {
        Path log = Files.createDirectories(ROOT.resolve("tests/target")).resolve("side-by-side.tap");
        int code = new ProcessBuilder(
                        ROOT.resolve("tests/side-by-side/compare").toString(),
                        ROOT.resolve("packaging/target/dist").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        List<Finding> findings = Finding.read(log);
        List<DynamicTest> tests = new ArrayList<>(Finding.tests(findings));
        tests.add(DynamicTest.dynamicTest("all cases were run", () -> {
            assertThat(findings).hasSizeGreaterThan(1);
            assertThat(code)
                    .as("the exit code of compare, after:%n%s", Files.readString(log))
                    .isZero();
        }));
        return tests;
    }
}
