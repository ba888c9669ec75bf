package org.ecryptfsj.manual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** The shape of footers and written sections becomes headings, entries, examples and paragraphs. */
class RunningTextTest {
    @Test
    void headingsEntriesExamplesAndParagraphsAreToldApart() {
        String page = roff(
                "Options of the key:",
                "  sig=X          a key",
                "                 in two lines",
                "Options of the mount:",
                "  verbose        tell",
                "After them.",
                "",
                "    # mount  it");

        assertThat(page)
                .isEqualTo(
                        """
                        .SS "Options of the key"
                        .TP
                        \\fBsig=X\\fR
                        a key in two lines
                        .SS "Options of the mount"
                        .TP
                        \\fBverbose\\fR
                        tell
                        .PP
                        After them.
                        .PP
                        .RS 4
                        .nf
                        # mount  it
                        .fi
                        .RE
                        """);
    }

    @Property
    void anyLinesAreWritten(
            @ForAll @Size(max = 8) List<@Chars({' ', 'a', ':', '.', '\''}) @StringLength(max = 14) String> lines) {
        assertThatCode(() -> roff(lines.toArray(new String[0]))).doesNotThrowAnyException();
    }

    private static String roff(String... lines) {
        RoffWriter page = new RoffWriter();
        RunningText.write(page, List.of(lines));
        return page.toString();
    }
}
