package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.ecryptfsj.keymodule.KeyModules;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Whatever a client of the control socket says is answered with a JSON document, or is no line. */
class ControlFuzzTest {
    private Kernel kernel;
    private Dispatcher dispatcher;
    private Control control;
    private String level;

    @BeforeEach
    void start() throws Exception {
        level = Logging.level();
        kernel = new Kernel();
        KeyModules modules = KeyModules.of(new InvertingModule("inverting"));
        Journal journal = new Journal();
        dispatcher = new Dispatcher(modules, signature -> Optional.empty(), journal, RequestLimits.DEFAULT, 2);
        Keeper keeper = Keeper.of(Map.of(), 1, OptionalLong.empty());
        control = new Control(
                new Status(kernel.channel, modules, dispatcher, journal, keeper, DaemonRights.ofThisProcess()),
                modules,
                new HandOver(
                        keeper,
                        kernel.channel,
                        new RequestLoop(kernel.channel, dispatcher, journal),
                        dispatcher,
                        new Inheritance(kernel.channel, dispatcher)));
    }

    @AfterEach
    void stop() throws Exception {
        Logging.level(level);
        dispatcher.close();
        kernel.close();
    }

    @FuzzTest
    void lines(byte[] bytes) throws IOException {
        String line;
        try {
            line = ControlSocket.readLine(Channels.newChannel(new ByteArrayInputStream(bytes)));
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("no line of at most");
            return;
        }
        String answer = JSON.std.asString(control.answer(line, 0));
        assertThat(JSON.std.mapFrom(answer)).isNotEmpty();
        assertThat(answer).doesNotContain("\n");
    }
}
