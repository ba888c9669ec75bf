package org.ecryptfsj.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.ecryptfsj.daemon.fakes.FakeKernel;
import org.ecryptfsj.daemon.fakes.FakeKeyModule;
import org.ecryptfsj.daemon.lifecycle.DaemonPrivileges;
import org.ecryptfsj.daemon.lifecycle.GracefulRestart;
import org.ecryptfsj.daemon.lifecycle.RequestRecovery;
import org.ecryptfsj.daemon.lifecycle.Supervisor;
import org.ecryptfsj.daemon.logging.Logging;
import org.ecryptfsj.daemon.request.RequestLimits;
import org.ecryptfsj.daemon.request.RequestLoop;
import org.ecryptfsj.daemon.request.RequestMetrics;
import org.ecryptfsj.daemon.request.RequestPipeline;
import org.ecryptfsj.keymodule.KeyModules;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Any bytes from a client of the control socket are a line that is answered with a JSON document, or are no line. */
class ControlFuzzTest {
    private FakeKernel kernel;
    private RequestPipeline pipeline;
    private ControlCommands commands;
    private String level;

    @BeforeEach
    void start() throws Exception {
        level = Logging.level();
        kernel = new FakeKernel();
        KeyModules modules = KeyModules.of(new FakeKeyModule("inverting"));
        RequestMetrics metrics = new RequestMetrics();
        pipeline = new RequestPipeline(modules, signature -> Optional.empty(), metrics, RequestLimits.DEFAULT, 2);
        Supervisor supervisor = Supervisor.of(Map.of(), 1, OptionalLong.empty());
        commands = new ControlCommands(
                new Status(
                        kernel.channel,
                        modules,
                        pipeline,
                        metrics,
                        supervisor,
                        DaemonPrivileges.ofThisProcess(),
                        Optional.empty()),
                modules,
                new GracefulRestart(
                        supervisor,
                        kernel.channel,
                        new RequestLoop(kernel.channel, pipeline, metrics),
                        pipeline,
                        new RequestRecovery(kernel.channel, pipeline)),
                Optional.empty());
    }

    @AfterEach
    void stop() throws Exception {
        Logging.level(level);
        pipeline.close();
        kernel.close();
    }

    @FuzzTest
    void lines(byte[] bytes) throws IOException {
        String line;
        try {
            line = ControlSocket.readLine(Channels.newChannel(new ByteArrayInputStream(bytes)));
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("no complete command line");
            return;
        }
        String answer = JSON.std.asString(commands.execute(line, 0).document());
        assertThat(JSON.std.mapFrom(answer)).isNotEmpty();
        assertThat(answer).doesNotContain("\n");
    }
}
