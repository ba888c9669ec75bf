package org.ecryptfsj.tools.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The salt in ~/.ecryptfsrc. */
class PassphraseTokensTest {
    @TempDir
    private Path home;

    @Test
    void theSaltOfTheFileIsUsedAndOtherwiseTheDefault() throws Exception {
        assertThat(PassphraseTokens.saltOf(home)).isEqualTo(Salt.DEFAULT);

        Files.writeString(home.resolve(".ecryptfsrc"), "salt=AABBCCDDEEFF0011\n");

        assertThat(PassphraseTokens.saltOf(home)).isEqualTo(new Salt("aabbccddeeff0011"));
    }

    @Test
    void aSaltWithACarriageReturnAtItsEndIsRefusedWithTheReason() throws Exception {
        Files.writeString(home.resolve(".ecryptfsrc"), "key=passphrase\r\nsalt=aabbccddeeff0011\r\n");

        assertThatThrownBy(() -> PassphraseTokens.saltOf(home))
                .isInstanceOfSatisfying(
                        ToolFailure.class, failure -> assertThat(failure.code()).isEqualTo(ToolFailure.EINVAL))
                .hasMessageContaining(home.resolve(".ecryptfsrc") + " cannot be used: ")
                .hasMessageContaining("ends with CR");
    }

    @Test
    void onlyTheSaltNeedsACarriageReturnToBeRefused() throws Exception {
        Files.writeString(home.resolve(".ecryptfsrc"), "verbosity=0\nsalt=aabbccddeeff0011\r\n");

        assertThatThrownBy(() -> PassphraseTokens.saltOf(home)).hasMessageContaining("line 2");
    }
}
