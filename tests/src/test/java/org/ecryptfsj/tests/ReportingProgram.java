package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;

/**
 * A program below tests/ that is given the tree that packaging builds, and reports what it finds there as TAP.
 *
 * @param path below tests/
 * @param report the name of the file that keeps what it prints, in tests/target
 */
record ReportingProgram(String path, String report) {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));

    /**
     * Runs it: a test for each finding, and one more.
     *
     * @param end what the last test says, which holds if the program ended well and found more than one thing
     */
    List<DynamicTest> tests(String end) throws IOException, InterruptedException {
        Path log = Files.createDirectories(ROOT.resolve("tests/target")).resolve(report);
        int code = new ProcessBuilder(
                        ROOT.resolve("tests").resolve(path).toString(),
                        ROOT.resolve("packaging/target/dist").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        List<Finding> findings = Finding.read(log);
        List<DynamicTest> tests = new ArrayList<>(Finding.tests(findings));
        tests.add(dynamicTest(end, () -> {
            assertThat(findings).hasSizeGreaterThan(1);
            assertThat(code)
                    .as("the exit code of %s, after:%n%s", path, Files.readString(log))
                    .isZero();
        }));
        return tests;
    }
}
