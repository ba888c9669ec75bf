package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.ecryptfsj.daemon.request.RequestLimits;
import org.ecryptfsj.netlink.KernelChannels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class DaemonOptionsTest {
    private static DaemonOptions parse(String... arguments) {
        return DaemonOptions.of(DaemonOptions.parser().parseArgs(arguments));
    }

    @Test
    void shortOptionsOfTheCDaemonAreAccepted() {
        DaemonOptions options = parse("-f", "-p", "/run/e.pid", "-C", "/", "-R", "/bin/ask");

        assertThat(options.foreground()).isTrue();
        assertThat(options.pidFile()).contains(Path.of("/run/e.pid"));
        assertThat(options.promptProgram()).contains(Path.of("/bin/ask"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/tmp", "/nowhere", "", "."})
    void anotherRootIsRefusedWithReasonAndAdvice(String root) {
        assertThatThrownBy(() -> parse("-C", root))
                .isInstanceOf(CommandLine.ParameterException.class)
                .hasMessageContaining("the system log, libtspi, libcrypto and root's key storage are not found")
                .hasMessageContaining("What to do: ");
    }

    @Test
    void longOptionsAndBundledOptionsAreAccepted() {
        assertThat(parse("--foreground", "--pidfile=/run/e.pid").pidFile()).contains(Path.of("/run/e.pid"));
        assertThat(parse("-fp", "/run/e.pid").foreground()).isTrue();
    }

    @Test
    void defaultsAreBackgroundAndTheKernelsTransport() {
        DaemonOptions options = parse();

        assertThat(options.foreground()).isFalse();
        assertThat(options.channel()).isEqualTo(KernelChannels.Choice.AUTO);
        assertThat(options.limits().deadline()).isEmpty();
        assertThat(options.limits().stall()).isEqualTo(Duration.ofSeconds(30));
        assertThat(options.threads()).isEqualTo(4);
        assertThat(options.logLevel()).isEqualTo("info");
    }

    @Test
    void furtherOptionsAreAccepted() {
        DaemonOptions options = parse(
                "--channel",
                "netlink",
                "--deadline",
                "0.5",
                "--stall-limit=4.5",
                "--threads=8",
                "--log-level",
                "debug");

        assertThat(options.channel()).isEqualTo(KernelChannels.Choice.NETLINK);
        assertThat(options.limits())
                .isEqualTo(new RequestLimits(Optional.of(Duration.ofMillis(500)), Duration.ofMillis(4500)));
        assertThat(options.threads()).isEqualTo(8);
        assertThat(options.logLevel()).isEqualTo("debug");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--threads=0",
                "--threads=65",
                "--threads=x",
                "--deadline=0",
                "--deadline=-1",
                "--deadline=NaN",
                "--deadline=1e9",
                "--stall-limit=0",
                "--stall-limit=0.9",
                "--stall-limit=-1",
                "--stall-limit=NaN",
                "--stall-limit=Infinity",
                "--stall-limit=86401",
                "--stall-limit=soon",
                "--channel=pigeon",
                "--log-level=loud",
                "--nonsense",
                "stray"
            })
    void aValueOutOfRangeIsRefused(String argument) {
        assertThatThrownBy(() -> parse(argument)).isInstanceOf(CommandLine.ParameterException.class);
    }

    @Test
    void aStallLimitOfZeroIsRefusedWithTheReason() {
        assertThatThrownBy(() -> parse("--stall-limit=0"))
                .hasMessageContaining("--stall-limit takes 1 to 86400 seconds, not 0.0")
                .hasMessageContaining("cannot be switched off");
    }
}
