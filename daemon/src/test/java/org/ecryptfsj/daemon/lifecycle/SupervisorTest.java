package org.ecryptfsj.daemon.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.ecryptfsj.linux.LinuxException;
import org.junit.jupiter.api.Test;

class SupervisorTest {
    private static final long PID = 100;
    private static final OptionalLong PARENT = OptionalLong.of(99);
    private static final String SOCKET = "@ecryptfsj-test-" + UUID.randomUUID();

    private static Supervisor supervisor(String... namesAndValues) throws LinuxException {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            environment.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return Supervisor.of(environment, PID, PARENT);
    }

    @Test
    void withoutVariablesThereIsNoSupervisor() throws LinuxException {
        try (Supervisor supervisor = supervisor()) {
            assertThat(supervisor.kind()).isEqualTo(Supervisor.Kind.NONE);
            assertThat(supervisor.keepsChannel()).isFalse();
            assertThat(supervisor.takeChannel()).isEmpty();
            assertThat(supervisor.watchdog()).isEmpty();
            assertThat(supervisor.pidToSignal()).isEqualTo(PID);
            supervisor.ready("ready");
            supervisor.release();
        }
    }

    @Test
    void theLaunchersShellSupervisesIfItIsTheParent() throws LinuxException {
        try (Supervisor supervisor = supervisor("ECRYPTFSD_SUPERVISOR", "99")) {
            assertThat(supervisor.kind()).isEqualTo(Supervisor.Kind.PARENT);
            assertThat(supervisor.keepsChannel()).isTrue();
            assertThat(supervisor.pidToSignal()).isEqualTo(99);
        }
    }

    @Test
    void aVariableForAnotherProcessIsIgnored() throws LinuxException {
        try (Supervisor supervisor = supervisor("ECRYPTFSD_SUPERVISOR", "98")) {
            assertThat(supervisor.kind()).isEqualTo(Supervisor.Kind.NONE);
            assertThat(supervisor.pidToSignal()).isEqualTo(PID);
        }
    }

    @Test
    void systemdSupervisesIfItsSocketIsNamed() throws LinuxException {
        try (Supervisor supervisor =
                supervisor("NOTIFY_SOCKET", SOCKET, "WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "100")) {
            assertThat(supervisor.kind()).isEqualTo(Supervisor.Kind.SYSTEMD);
            assertThat(supervisor.pidToSignal()).isEqualTo(PID);
            assertThat(supervisor.watchdog()).contains(Duration.ofSeconds(30));
            // Nothing listens on the socket: an error, which must not stop the daemon.
            supervisor.ready("ready");
        }
    }

    @Test
    void aWatchdogOfAnotherProcessIsIgnored() throws LinuxException {
        for (String[] variables : new String[][] {
            {"WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "101"}, {"WATCHDOG_USEC", "0"}, {"WATCHDOG_USEC", "soon"}, {}
        }) {
            String[] all = new String[variables.length + 2];
            System.arraycopy(variables, 0, all, 2, variables.length);
            all[0] = "NOTIFY_SOCKET";
            all[1] = SOCKET;
            try (Supervisor supervisor = supervisor(all)) {
                assertThat(supervisor.watchdog()).isEmpty();
            }
        }
    }

    @Test
    void aSocketThatIsNotAnAddressIsAnError() {
        assertThatThrownBy(() -> supervisor("NOTIFY_SOCKET", "nowhere")).isInstanceOf(LinuxException.class);
    }
}
