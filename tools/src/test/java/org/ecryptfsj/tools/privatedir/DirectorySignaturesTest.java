package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectorySignaturesTest {
    private static final Path FILE = Path.of("/home/alice/.ecryptfs/Private.sig");
    private static final String CONTENTS = "b1c495d96ef7f514";
    private static final String NAMES = "adbc7781170c1b68";

    @Test
    void oneLineIsTheKeyOfTheContents() throws Exception {
        DirectorySignatures one = DirectorySignatures.parse(CONTENTS + "\n", FILE);

        assertThat(one.contents()).isEqualTo(new Signature(CONTENTS));
        assertThat(one.names()).isEmpty();
    }

    @Test
    void theSecondLineIsTheKeyOfTheFileNames() throws Exception {
        DirectorySignatures two = DirectorySignatures.parse(CONTENTS + "\n" + NAMES, FILE);

        assertThat(two.all()).containsExactly(new Signature(CONTENTS), new Signature(NAMES));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "b1c495d96ef7f51",
                "b1c495d96ef7f5144",
                "b1c495d96ef7f51g",
                "b1c495d96ef7f514,ecryptfs_passthrough",
                "b1c495d96ef7f514\nx",
                "b1c495d96ef7f514\nadbc7781170c1b68\nadbc7781170c1b68",
                "\u0661\u0661c495d96ef7f514"
            })
    void whatIsNotOneOrTwoSignaturesIsRefused(String text) {
        assertThatThrownBy(() -> DirectorySignatures.parse(text, FILE))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("Invalid hex signature")
                .hasMessageContaining(FILE.toString());
    }

    @Property
    void anyTextIsSignaturesOrRefused(@ForAll String text) {
        try {
            assertThat(DirectorySignatures.parse(text, FILE).all()).hasSizeBetween(1, 2);
        } catch (ToolFailure e) {
            assertThat(e).hasMessageContaining("Invalid hex signature");
        }
    }
}
