package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.ecryptfsj.linux.LinuxException;
import org.junit.jupiter.api.Test;

class KeeperTest {
    private static final long PID = 100;
    private static final OptionalLong PARENT = OptionalLong.of(99);
    private static final String SOCKET = "@ecryptfsj-test-" + UUID.randomUUID();

    private static Keeper keeper(String... namesAndValues) throws LinuxException {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            environment.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return Keeper.of(environment, PID, PARENT);
    }

    @Test
    void withoutAnyVariableNobodyKeepsAndNobodyIsTold() throws LinuxException {
        try (Keeper keeper = keeper()) {
            assertThat(keeper.kind()).isEqualTo(Keeper.Kind.NOBODY);
            assertThat(keeper.keeps()).isFalse();
            assertThat(keeper.takeChannel()).isEmpty();
            assertThat(keeper.watchdog()).isEmpty();
            assertThat(keeper.pidToSignal()).isEqualTo(PID);
            keeper.ready("ready");
            keeper.release();
        }
    }

    @Test
    void theLaunchersShellKeepsIfItIsTheParent() throws LinuxException {
        try (Keeper keeper = keeper("ECRYPTFSD_SUPERVISOR", "99")) {
            assertThat(keeper.kind()).isEqualTo(Keeper.Kind.PARENT);
            assertThat(keeper.keeps()).isTrue();
            assertThat(keeper.pidToSignal()).isEqualTo(99);
        }
    }

    @Test
    void aVariableThatWasInheritedFromFurtherUpMeansNothing() throws LinuxException {
        try (Keeper keeper = keeper("ECRYPTFSD_SUPERVISOR", "98")) {
            assertThat(keeper.kind()).isEqualTo(Keeper.Kind.NOBODY);
            assertThat(keeper.pidToSignal()).isEqualTo(PID);
        }
    }

    @Test
    void systemdKeepsIfItListens() throws LinuxException {
        try (Keeper keeper = keeper("NOTIFY_SOCKET", SOCKET, "WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "100")) {
            assertThat(keeper.kind()).isEqualTo(Keeper.Kind.SYSTEMD);
            assertThat(keeper.pidToSignal()).isEqualTo(PID);
            assertThat(keeper.watchdog()).contains(Duration.ofSeconds(30));
            // Nobody listens any more: that is no reason to stop serving.
            keeper.ready("ready");
        }
    }

    @Test
    void aWatchdogOfAnotherProcessOrNoneIsNotFed() throws LinuxException {
        for (String[] variables : new String[][] {
            {"WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "101"}, {"WATCHDOG_USEC", "0"}, {"WATCHDOG_USEC", "soon"}, {}
        }) {
            String[] all = new String[variables.length + 2];
            System.arraycopy(variables, 0, all, 2, variables.length);
            all[0] = "NOTIFY_SOCKET";
            all[1] = SOCKET;
            try (Keeper keeper = keeper(all)) {
                assertThat(keeper.watchdog()).isEmpty();
            }
        }
    }

    @Test
    void aSocketThatIsNoAddressIsAnError() {
        assertThatThrownBy(() -> keeper("NOTIFY_SOCKET", "nowhere")).isInstanceOf(LinuxException.class);
    }
}
