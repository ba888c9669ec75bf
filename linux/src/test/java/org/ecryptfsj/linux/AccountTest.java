package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AccountTest {
    @Test
    void rootsAccountIsWhatThePasswordDatabaseSays() throws Exception {
        Account root = Account.of(0);

        assertThat(root).isEqualTo(new Account(0, 0, "root", Path.of("/root")));
    }

    @Test
    void theCurrentAccountIsTheRealUsers() throws Exception {
        assertThat(Account.current().uid()).isEqualTo(Account.realUid());
        assertThat(Account.current().name()).isEqualTo(System.getProperty("user.name"));
    }

    @Test
    void aUserNobodyKnowsIsAnErrorThatNamesIt() {
        assertThatThrownBy(() -> Account.of(987_654_321))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("987654321");
    }
}
