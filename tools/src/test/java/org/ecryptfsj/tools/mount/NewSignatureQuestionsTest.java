package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.ScriptedTerminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NewSignatureQuestionsTest {
    private static final Signature SIGNATURE = new Signature("d395309aaad4de06");

    @TempDir
    Path home;

    private SignatureCache cache;

    @BeforeEach
    void anEmptyCache() {
        cache = new SignatureCache(home);
    }

    @Test
    void twoTimesYesGoesOnAndRemembers() throws Exception {
        assertThat(answered("yes\nyes\n")).isTrue();
        assertThat(cache.contains(SIGNATURE)).isTrue();
    }

    @Test
    void yesThenNoGoesOnWithoutRemembering() throws Exception {
        assertThat(answered("yes\nno\n")).isTrue();
        assertThat(cache.contains(SIGNATURE)).isFalse();
    }

    @Test
    void noEndsTheMount() throws Exception {
        assertThat(answered("no\n")).isFalse();
    }

    @Test
    void aKnownKeyIsNotAskedAbout() throws Exception {
        cache.append(SIGNATURE);

        assertThat(answered("")).isTrue();
    }

    @Test
    void onlyAnAnswerInFullCounts() throws Exception {
        assertThat(answered("y\nY\nyes\nno\n")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "y\ny\ny\ny\ny\nyes\n"})
    void noAnswerAtAllOrFiveOthersAbortTheMount(String answers) {
        assertThatThrownBy(() -> answered(answers))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("neither yes nor no");
    }

    private boolean answered(String answers) throws Exception {
        try (ScriptedTerminal typed = new ScriptedTerminal(home, answers)) {
            return NewSignatureQuestions.confirm(SIGNATURE, cache, new Questions(typed.terminal()));
        }
    }
}
