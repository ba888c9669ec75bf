package org.ecryptfsj.tools.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.Parameter.Choice;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.ScriptedTerminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyQuestionsTest {
    private final Map<String, String> got = new TreeMap<>();

    @TempDir
    private Path directory;

    @Test
    void onlyTheChosenWaysQuestionIsAsked() throws Exception {
        dialogue("2\nfrom a file\n", Map.of());

        assertThat(got).isEqualTo(Map.of("way", "in_file", "in_file", "from a file"));
    }

    @Test
    void anEmptyAnswerToTheListIsItsSuggestion() throws Exception {
        dialogue("\ntyped\n", Map.of());

        assertThat(got).isEqualTo(Map.of("way", "itself", "itself", "typed"));
    }

    @Test
    void aWayThatIsGivenIsNotAskedFor() throws Exception {
        dialogue("", Map.of("in_file", "given"));

        assertThat(got).isEqualTo(Map.of("in_file", "given"));
    }

    @Test
    void aWayChosenByOptionAsksItsOwnQuestion() throws Exception {
        dialogue("typed\n", Map.of("way", "itself"));

        assertThat(got).isEqualTo(Map.of("way", "itself", "itself", "typed"));
    }

    @Test
    void aWayThatIsNotInTheListIsRefused() {
        assertThatThrownBy(() -> dialogue("", Map.of("way", "by_post")))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("way cannot be \"by_post\"");
    }

    @Test
    void withoutQuestionsWhatIsNotGivenStaysOut() throws Exception {
        new KeyQuestions(KeyModules.of(new TwoWays()), Optional.empty())
                .token(new TwoWays(), KeyQuestions.ParameterSource.NOTHING)
                .close();

        assertThat(got).isEmpty();
    }

    @Test
    void theOnlyModuleIsTakenWithoutAQuestionAndOfSeveralOneIsAskedFor() throws Exception {
        assertThat(new KeyQuestions(KeyModules.of(new TwoWays()), Optional.empty()).choose())
                .hasValueSatisfying(module -> assertThat(module.alias()).isEqualTo("two-ways"));
        try (KeyModules several = KeyModules.discover(Optional.empty())) {
            assertThat(new KeyQuestions(several, Optional.empty()).choose()).isEmpty();
            assertThat(new KeyQuestions(several, Optional.empty()).aliases()).containsExactly("passphrase", "openssl");
        }
    }

    @Test
    void withoutAnyModuleThatIsSaid() {
        assertThatThrownBy(() -> new KeyQuestions(KeyModules.of(), Optional.empty()).choose())
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("no key module is installed");
    }

    private void dialogue(String answers, Map<String, String> given) throws Exception {
        try (ScriptedTerminal typed = new ScriptedTerminal(directory, answers)) {
            KeyQuestions keys =
                    new KeyQuestions(KeyModules.of(new TwoWays()), Optional.of(new Questions(typed.terminal())));
            keys.token(new TwoWays(), parameter -> Optional.ofNullable(given.get(parameter.name()))
                            .map(v -> Secret.takeBytes(v.getBytes(StandardCharsets.UTF_8))))
                    .close();
        }
    }

    /** A module with one value and two ways to give it. */
    private final class TwoWays implements KeyModule {
        @Override
        public String alias() {
            return "two-ways";
        }

        @Override
        public List<Parameter> parameters() {
            return List.of(
                    Parameter.chosen("way", "Way", new Choice("itself", "Typed"), new Choice("in_file", "File"))
                            .withSuggestion("itself")
                            .withAlternatives("itself", "in_file"),
                    Parameter.asked("itself", "Itself", false).ifChosenBy("way"),
                    Parameter.asked("in_file", "File", true).ifChosenBy("way"));
        }

        @Override
        public TokenContents tokenContents(ParameterValues values) {
            parameters().forEach(p -> values.text(p.name()).ifPresent(v -> got.put(p.name(), v)));
            return new TokenContents.ModuleKey(new Signature("0123456789abcdef"), KeyBlob.takeBytes(new byte[] {1}));
        }

        @Override
        public byte[] wrap(KeyBlob blob, Secret payload) {
            return new byte[] {1};
        }

        @Override
        public Secret unwrap(KeyBlob blob, byte[] encryptedKey) {
            return Secret.allocate(3);
        }
    }
}
