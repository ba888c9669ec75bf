package org.ecryptfsj.protector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonValueTest {
    @Test
    void theCanonicalFormSortsNamesByTheirUtf16Units() {
        JsonObject object = JsonObject.empty()
                .with("\u20ac", "Euro Sign")
                .with("\r", "Carriage Return")
                .with("\ufb33", "Hebrew Letter Dalet With Dagesh")
                .with("1", "One")
                .with("\ud83d\ude00", "Emoji: Grinning Face")
                .with("\u0080", "Control")
                .with("\u00f6", "Latin Small Letter O With Diaeresis");

        // RFC 8785, section 3.2.3
        assertThat(canonical(object))
                .isEqualTo("{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
                        + "\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\","
                        + "\"\ud83d\ude00\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");
    }

    @Test
    void theCanonicalFormEscapesAsRfc8785Does() {
        JsonObject object = JsonObject.empty().with("string", "\u20ac$\u000f\nA'B\"\\\\\"/\u007f\b\t\f");

        assertThat(canonical(object))
                .isEqualTo("{\"string\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u007f\\b\\t\\f\"}");
    }

    @Test
    void theCanonicalFormHasNoBlanks() {
        JsonObject object = JsonObject.empty()
                .with("b", new JsonValue.Array(List.of(new JsonValue.Null(), new JsonValue.Truth(true))))
                .with("a", -JsonValue.MOST)
                .with("c", JsonObject.empty());

        assertThat(canonical(object)).isEqualTo("{\"a\":-9007199254740991,\"b\":[null,true],\"c\":{}}");
    }

    @Test
    void theFormForPeopleKeepsTheOrderOfTheMembers() {
        JsonObject object = JsonObject.empty()
                .with("b", new JsonValue.Array(List.of(JsonObject.empty().with("x", 1), JsonObject.empty())))
                .with("a", false);

        assertThat(object.indented())
                .isEqualTo(
                        """
                        {
                          "b": [
                            {
                              "x": 1
                            },
                            {}
                          ],
                          "a": false
                        }
                        """);
    }

    @Test
    void anUnpairedSurrogateIsNoText() {
        assertThatThrownBy(() -> new JsonValue.Text("\ud800")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> JsonObject.empty().with("\udc00", 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anIntegerThatADoubleDoesNotHoldIsRefused() {
        assertThatThrownBy(() -> new JsonValue.Whole(JsonValue.MOST + 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new JsonValue.Whole(Long.MIN_VALUE)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aMemberIsTakenOnlyInItsTypeAndRange() {
        JsonObject object = JsonObject.empty()
                .with("memoryKiB", 2L << 40)
                .with("passes", -1)
                .with("name", "long name")
                .with("list", new JsonValue.Array(List.of(new JsonValue.Null())));

        assertThatThrownBy(() -> object.integer("memoryKiB", 8, 262144))
                .isInstanceOf(MalformedFieldException.class)
                .hasMessage("member \"memoryKiB\" is 2199023255552, not between 8 and 262144");
        assertThatThrownBy(() -> object.integer("passes", 1, 64)).hasMessageContaining("is -1, not between 1 and 64");
        assertThatThrownBy(() -> object.integer("name", 1, 64)).hasMessage("member \"name\" is not an integer");
        assertThatThrownBy(() -> object.text("name", 8)).hasMessageContaining("the limit is 8");
        assertThatThrownBy(() -> object.text("passes", 8)).hasMessage("member \"passes\" is not a string");
        assertThatThrownBy(() -> object.truth("absent")).hasMessage("member \"absent\" is missing");
        assertThatThrownBy(() -> object.object("list")).hasMessage("member \"list\" is not an object");
        assertThatThrownBy(() -> object.objects("list", 0, 1)).hasMessageContaining("is no object");
        assertThatThrownBy(() -> object.objects("list", 2, 3)).hasMessageContaining("1 elements");
    }

    @Test
    void bytesHaveOneFormOnly() throws Exception {
        assertThat(JsonObject.empty().with("b", "AQ==").bytes("b", 1, 1)).containsExactly(1);
        for (String other : List.of("AQ", "AR==", "AQ==\n", "A-==", "=AQ=")) {
            assertThatThrownBy(() -> JsonObject.empty().with("b", other).bytes("b", 0, 3))
                    .as(other)
                    .isInstanceOf(MalformedFieldException.class);
        }
        assertThatThrownBy(() -> JsonObject.empty().with("b", "AQ==").bytes("b", 2, 3))
                .hasMessage("member \"b\" has 1 bytes, not between 2 and 3");
    }

    private static String canonical(JsonValue value) {
        return new String(value.canonical(), StandardCharsets.UTF_8);
    }
}
