package org.ecryptfsj.daemon.control;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.ecryptfsj.daemon.fakes.FakeKernel;
import org.ecryptfsj.daemon.fakes.FakeKeyModule;
import org.ecryptfsj.daemon.lifecycle.DaemonPrivileges;
import org.ecryptfsj.daemon.lifecycle.GracefulRestart;
import org.ecryptfsj.daemon.lifecycle.RequestRecovery;
import org.ecryptfsj.daemon.lifecycle.Supervisor;
import org.ecryptfsj.daemon.request.RequestLimits;
import org.ecryptfsj.daemon.request.RequestLoop;
import org.ecryptfsj.daemon.request.RequestMetrics;
import org.ecryptfsj.daemon.request.RequestPipeline;
import org.ecryptfsj.keymodule.KeyModules;

/** The commands of a daemon without a supervisor, with one key module and a kernel that sends nothing. */
final class ControlFixture implements AutoCloseable {
    final FakeKeyModule module = new FakeKeyModule("inverting");
    final ControlCommands commands;

    private final FakeKernel kernel = new FakeKernel();
    private final RequestPipeline pipeline;

    ControlFixture() throws IOException {
        KeyModules modules = KeyModules.of(module);
        RequestMetrics metrics = new RequestMetrics();
        Supervisor supervisor = Supervisor.of(Map.of(), 1, OptionalLong.empty());
        pipeline = new RequestPipeline(modules, signature -> Optional.empty(), metrics, RequestLimits.DEFAULT, 2);
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

    @Override
    public void close() throws IOException {
        pipeline.close();
        kernel.close();
    }
}
