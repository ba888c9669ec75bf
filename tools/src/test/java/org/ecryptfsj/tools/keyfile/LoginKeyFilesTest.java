package org.ecryptfsj.tools.keyfile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoginKeyFilesTest {
    private static final UUID ID = UUID.fromString("c9c84822-07ae-418b-9d6e-f83ab964717e");

    @Test
    void aLineAllowsOneKeyFileOfOneUser() {
        LoginKeyFiles files = new LoginKeyFiles("# logins\n\n alice\t" + ID + " # of the laptop\n");

        assertThat(files.allows("alice", ID)).isTrue();
        assertThat(files.allows("bob", ID)).isFalse();
        assertThat(files.allows("alice", UUID.fromString("00000000-07ae-418b-9d6e-f83ab964717e")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "alice",
                "#alice c9c84822-07ae-418b-9d6e-f83ab964717e",
                "alice c9c84822-07ae-418b-9d6e-f83ab964717e more",
                "alice c9c84822-07ae-418b-9d6e-f83ab964717",
                "alicec9c84822-07ae-418b-9d6e-f83ab964717e",
                "alice *",
                "* c9c84822-07ae-418b-9d6e-f83ab964717e"
            })
    void everyOtherLineAllowsNothing(String text) {
        assertThat(new LoginKeyFiles(text).allows("alice", ID)).isFalse();
    }
}
