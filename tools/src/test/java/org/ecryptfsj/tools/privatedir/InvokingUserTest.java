package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InvokingUserTest {
    @ParameterizedTest
    @ValueSource(strings = {"alice", "a.b_c-d@e", "machine$", "A1"})
    void anOrdinaryNameIsAccepted(String name) throws Exception {
        Account account = account(name);

        assertThat(InvokingUser.requireSafeName(account)).isEqualTo(account);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../root", "a/b", "a b", "a$b", "$$", "\u00e4", "a\n"})
    void aNameThatIsNoPartOfAFileNameIsRefused(String name) {
        assertThatThrownBy(() -> InvokingUser.requireSafeName(account(name)))
                .isInstanceOf(ToolFailure.class)
                .hasMessage("Username has unsupported characters");
    }

    @Test
    void sudoAndPamEachNameTheUser() throws Exception {
        assertThat(InvokingUser.fromEnvironment(Map.of("SUDO_UID", "0")).uid()).isZero();
        assertThat(InvokingUser.fromEnvironment(Map.of("PAM_USER", "root")).uid())
                .isZero();
        assertThat(InvokingUser.fromEnvironment(Map.of("PAM_USER", "root", "SUDO_UID", "0"))
                        .uid())
                .isZero();
        assertThat(InvokingUser.fromEnvironment(Map.of())).isEqualTo(Account.current());
    }

    @Test
    void whereTheyNameDifferentUsersNeitherIsBelieved() {
        assertThatThrownBy(() -> InvokingUser.fromEnvironment(Map.of("PAM_USER", "root", "SUDO_UID", "65534")))
                .isInstanceOf(ToolFailure.class)
                .hasMessage("PAM_USER=root (uid 0) and SUDO_UID=65534 name different users");
        assertThatThrownBy(() -> InvokingUser.fromEnvironment(Map.of("SUDO_UID", "-1")))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("is not a user id");
    }

    private static Account account(String name) {
        return new Account(1000, 1000, name, Path.of("/home/x"));
    }
}
