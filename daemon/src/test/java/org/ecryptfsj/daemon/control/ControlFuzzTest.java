package org.ecryptfsj.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import org.ecryptfsj.daemon.logging.Logging;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Any bytes from a client of the control socket are a line that is answered with a JSON document, or are no line. */
class ControlFuzzTest {
    private ControlFixture control;
    private String level;

    @BeforeEach
    void start() throws IOException {
        level = Logging.level();
        control = new ControlFixture();
    }

    @AfterEach
    void stop() throws IOException {
        Logging.level(level);
        control.close();
    }

    @FuzzTest
    void lines(byte[] bytes) throws IOException {
        String line;
        try {
            line = ControlSocket.readLine(Channels.newChannel(new ByteArrayInputStream(bytes)));
        } catch (IOException e) {
            assertThat(e).hasMessageContaining(bytes.length == 0 ? "sent nothing" : "no complete command line");
            return;
        }
        String answer = JSON.std.asString(control.commands.execute(line, 0).document());
        assertThat(JSON.std.mapFrom(answer)).isNotEmpty();
        assertThat(answer).doesNotContain("\n");
    }
}
