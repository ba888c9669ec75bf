package org.ecryptfsj.tests;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The tools with names that are no text, in locales that are not there: tests/names says how. */
@Tag("dist")
class NamesInAnyLocaleTest {
    @TestFactory
    List<DynamicTest> anyNameReachesItsFile() throws IOException, InterruptedException {
        return new ReportingProgram("names/run", "names.tap").tests("the checks came to their end");
    }
}
