package org.ecryptfsj.tools.keyfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Prompter.Question;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.tools.command.ScriptedTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptersTest {
    private static final Question PLAIN = new Question("Passphrase for my files", false);
    private static final Question CONFIRMED = new Question("New passphrase for my files", true);

    @TempDir
    private Path directory;

    private static String answer(Prompter prompter, Question question) throws ProtectorException {
        try (Secret answer = prompter.ask(question)) {
            return StandardCharsets.UTF_8.decode(answer.buffer()).toString();
        }
    }

    private static void assertNoAnswer(Prompter prompter, Question question, String message) {
        assertThatThrownBy(() -> prompter.ask(question))
                .isInstanceOfSatisfying(
                        ProtectorException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_ANSWER))
                .hasMessageContaining(question.text())
                .hasMessageContaining(message);
    }

    @Test
    void atATerminalANewPassphraseIsTypedTwice() throws Exception {
        try (ScriptedTerminal typed = new ScriptedTerminal(directory, "one\ntwo\nthree\nthree\nfour\n")) {
            Prompter prompter = new TerminalPrompter(typed.terminal());

            assertThat(prompter.attempts()).isEqualTo(3);
            assertThat(answer(prompter, CONFIRMED)).isEqualTo("three");
            assertThat(answer(prompter, PLAIN)).isEqualTo("four");
            assertNoAnswer(prompter, PLAIN, "there is no answer");
        }
    }

    @Test
    void afterThreePairsThatDifferNobodyIsAsked() throws Exception {
        try (ScriptedTerminal typed = new ScriptedTerminal(directory, "a\nb\nc\nd\ne\nf\nlast\n")) {
            Prompter prompter = new TerminalPrompter(typed.terminal());

            assertNoAnswer(prompter, CONFIRMED, "the two answers differ");
            assertThat(answer(prompter, PLAIN)).isEqualTo("last");
        }
    }

    @Test
    void eachAnswerIsALineOfStandardInput() throws Exception {
        try (ScriptedTerminal input = new ScriptedTerminal(directory, "first\n second \n\nlast")) {
            Prompter prompter = new StandardInputPrompter(input.terminal());

            assertThat(prompter.attempts()).isEqualTo(1);
            assertThat(answer(prompter, CONFIRMED)).isEqualTo("first");
            assertThat(answer(prompter, PLAIN)).isEqualTo(" second ");
            assertNoAnswer(prompter, PLAIN, "there is no line on standard input");
            assertThat(answer(prompter, PLAIN)).isEqualTo("last");
            assertNoAnswer(prompter, PLAIN, "there is no line on standard input");
        }
    }

    @Test
    void withNoaskNobodyIsAsked() {
        assertThat(Prompters.choose(true, Path.of("secret.key")).attempts()).isZero();
    }

    private Prompter systemd(String script) throws IOException {
        Path program = directory.resolve("ask");
        Files.writeString(program, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new SystemdPrompter(program, "/etc/ecryptfsj/keys/my\nfiles.key");
    }

    @Test
    void systemdGivesTheAnswerOnItsOutput() throws Exception {
        Path arguments = directory.resolve("arguments");
        Prompter prompter = systemd("printf '%s\\n' \"$@\" > " + arguments + "; printf ' open sesame\\nmore\\n'\n");

        assertThat(answer(prompter, PLAIN)).isEqualTo(" open sesame");
        assertThat(arguments)
                .hasContent(
                        """
                        --id=ecryptfs:/etc/ecryptfsj/keys/my?files.key
                        --timeout=0
                        --no-tty
                        --
                        Passphrase for my files:
                        """);
    }

    @Test
    void systemdGetsAnEnvironmentOfItsOwnAndNoInput() throws Exception {
        Prompter prompter = systemd("read line && echo \"input $line\"; echo \"$PATH\" \"${HOME-none}\"\n");

        assertThat(answer(prompter, PLAIN)).isEqualTo("/usr/sbin:/usr/bin:/sbin:/bin none");
    }

    @Test
    void aQuestionThatSystemdDoesNotAnswerHasNoAnswer() throws Exception {
        assertNoAnswer(systemd("exit 3\n"), PLAIN, "ended with exit code 3");
        assertNoAnswer(systemd("echo\n"), PLAIN, "there is no answer");
        assertNoAnswer(systemd("exit 0\n"), PLAIN, "there is no answer");
        assertNoAnswer(new SystemdPrompter(directory.resolve("missing"), ""), PLAIN, "cannot be run");
    }

    @Test
    void anInterruptedQuestionHasTimedOut() throws Exception {
        Prompter prompter = systemd("exec cat /dev/zero > /dev/null\n");
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> prompter.ask(PLAIN))
                .isInstanceOfSatisfying(
                        ProtectorException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMED_OUT));
        assertThat(Thread.interrupted()).isTrue();
    }
}
