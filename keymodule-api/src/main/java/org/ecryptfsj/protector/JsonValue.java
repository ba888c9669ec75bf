package org.ecryptfsj.protector;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * A value in a key file (docs/spec/key-file.md, section 1): JSON, with integers as its only numbers. Immutable. It never holds
 * a secret.
 */
public sealed interface JsonValue
        permits JsonObject, JsonValue.Text, JsonValue.Whole, JsonValue.Truth, JsonValue.Null, JsonValue.Array {
    /** The largest integer, and with a minus the smallest: what a double holds exactly (RFC 8785, section 3.2.2.3). */
    long MOST = (1L << 53) - 1;

    /**
     * A string.
     *
     * @param value without unpaired surrogates
     */
    record Text(String value) implements JsonValue {
        /** @throws IllegalArgumentException if there is an unpaired surrogate, which UTF-8 cannot say */
        public Text {
            requirePairs(value);
        }
    }

    /**
     * An integer.
     *
     * @param value between -{@link #MOST} and {@link #MOST}
     */
    record Whole(long value) implements JsonValue {
        /** @throws IllegalArgumentException if it is out of range */
        public Whole {
            if (value < -MOST || value > MOST) {
                throw new IllegalArgumentException("integer " + value + " is not between -2^53 and 2^53");
            }
        }
    }

    /**
     * {@code true} or {@code false}.
     *
     * @param value which of both
     */
    record Truth(boolean value) implements JsonValue {}

    /** {@code null}. */
    record Null() implements JsonValue {}

    /**
     * A list.
     *
     * @param values its elements
     */
    record Array(List<JsonValue> values) implements JsonValue {
        /** @throws NullPointerException if an element is null */
        public Array {
            values = List.copyOf(values);
        }
    }

    /** The one form of this value that can be authenticated: RFC 8785, in UTF-8. */
    default byte[] canonical() {
        return JsonWriter.canonical(this).getBytes(StandardCharsets.UTF_8);
    }

    /** A form for people: one member a line, in the order in which the members were given. */
    default String indented() {
        return JsonWriter.indented(this);
    }

    /** @throws IllegalArgumentException if there is an unpaired surrogate */
    private static void requirePairs(String text) {
        Objects.requireNonNull(text);
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException("a string with an unpaired surrogate is no text");
        }
    }

    /** @throws IllegalArgumentException if it cannot be a member's name, because of an unpaired surrogate */
    static void requireName(String name) {
        requirePairs(name);
    }
}
