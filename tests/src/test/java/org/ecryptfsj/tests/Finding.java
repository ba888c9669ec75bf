package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;

/** One checked sentence of a scenario, as its report (TAP) has it; what was printed before goes with it. */
record Finding(String sentence, boolean holds, String details) {
    /** The findings of a report; none if there is none. */
    static List<Finding> read(Path tap) throws IOException {
        List<Finding> findings = new ArrayList<>();
        if (!Files.exists(tap)) {
            return findings;
        }
        StringBuilder details = new StringBuilder();
        for (String line : Files.readAllLines(tap)) {
            boolean ok = line.startsWith("ok ");
            if (ok || line.startsWith("not ok ")) {
                findings.add(new Finding(line.replaceFirst("^(not )?ok \\d+ - ", ""), ok, details.toString()));
                details.setLength(0);
            } else {
                details.append(line).append('\n');
            }
        }
        return findings;
    }

    /** A test for each. */
    static List<DynamicTest> tests(List<Finding> findings) {
        return findings.stream()
                .map(finding -> dynamicTest(
                        finding.sentence(),
                        () -> assertThat(finding.holds()).as(finding.details()).isTrue()))
                .toList();
    }
}
