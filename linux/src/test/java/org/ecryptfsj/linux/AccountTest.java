package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AccountTest {
    @Test
    void rootsAccountIsWhatThePasswordDatabaseSays() throws Exception {
        Process getent = new ProcessBuilder("getent", "passwd", "0").start();
        String[] fields = new String(getent.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .strip()
                .split(":", -1);

        assertThat(Account.of(0)).isEqualTo(new Account(0, Integer.parseInt(fields[3]), fields[0], Path.of(fields[5])));
        assertThat(Account.named(fields[0])).isEqualTo(Account.of(0));
    }

    @Test
    void theCurrentAccountIsTheRealUsers() throws Exception {
        assertThat(Account.current().uid()).isEqualTo(Account.realUid());
        assertThat(Account.current().name()).isEqualTo(System.getProperty("user.name"));
    }

    @Test
    void anUnknownUserIsNamedInTheError() {
        assertThatThrownBy(() -> Account.of(987_654_321))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("987654321");
    }
}
