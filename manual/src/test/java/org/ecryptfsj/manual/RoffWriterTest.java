package org.ecryptfsj.manual;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** What is written is what a reader sees: groff is the judge. */
class RoffWriterTest {
    @Test
    void whatGroffTakesForRequestsAndQuotesIsShownAsItIs() throws Exception {
        RoffWriter page = new RoffWriter()
                .title("x", 1, "2026-01-01", "x")
                .section("NAME")
                .raw("x \\- y");
        page.section("DESCRIPTION").text(".so it's \\n(a) \"b\" ~/c `d` ^e").literal(List.of(".nf 'a", "", "'b -p"));

        assertThat(shown(page))
                .contains(".so it's \\n(a) \"b\" ~/c `d` ^e")
                .contains(".nf 'a\n")
                .contains("'b -p\n");
    }

    @Test
    void pagesOptionsAndPlaceholdersAreMarked() {
        assertThat(new RoffWriter()
                        .text("see mount(8) and --json, or <file>; a-b is neither")
                        .toString())
                .isEqualTo("see \\fBmount\\fR(8) and \\fB\\-\\-json\\fR, or \\fIfile\\fR; a\\-b is neither\n");
    }

    @Property(tries = 20)
    void anyLineIsShownAsItIs(
            @ForAll
                    @AlphaChars
                    @Chars({'.', '\'', '\\', '-', '"', '`', '^', '~', '%', '#', '(', '[', '*', '$', 'é'})
                    @StringLength(min = 1, max = 40)
                    String line)
            throws Exception {
        RoffWriter page = new RoffWriter()
                .title("x", 1, "2026-01-01", "x")
                .section("NAME")
                .raw("x \\- y");
        page.section("EXAMPLES").literal(List.of(line));

        assertThat(shown(page).lines().map(String::strip)).contains(line);
    }

    private static String shown(RoffWriter page) throws IOException, InterruptedException {
        Path file = Files.createTempFile("page", ".1");
        try {
            Files.writeString(file, page.toString());
            Process groff = new ProcessBuilder("groff", "-man", "-ww", "-Tutf8", "-P-cbou", file.toString())
                    .redirectErrorStream(true)
                    .start();
            String shown = new String(groff.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(groff.waitFor()).isZero();
            return shown;
        } finally {
            Files.delete(file);
        }
    }
}
