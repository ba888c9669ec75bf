package org.ecryptfsj.protector;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the JSON of a key file, of the record of a guarded mount and of PCR signatures, strictly (docs/spec/key-file.md,
 * section 1): UTF-8, no name twice in an object, no number but integers, nothing behind the object.
 */
public final class JsonReader {
    private static final int MOST_DEPTH = 16;
    private static final int MOST_DIGITS = 17;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MOST_DEPTH)
                    .maxNumberLength(MOST_DIGITS)
                    .build())
            .build();

    private final JsonParser parser;

    private JsonReader(JsonParser parser) {
        this.parser = parser;
    }

    /**
     * The object that bytes are.
     *
     * @throws MalformedFieldException saying what is wrong, and in which line
     */
    public static JsonObject read(byte[] bytes) throws MalformedFieldException {
        try (JsonParser parser = FACTORY.createParser(text(bytes))) {
            JsonReader reader = new JsonReader(parser);
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw reader.malformed("it does not begin with {");
            }
            JsonObject object = reader.object();
            if (parser.nextToken() != null) {
                throw reader.malformed("something follows the last }");
            }
            return object;
        } catch (IOException e) {
            throw new MalformedFieldException("it is not JSON: " + firstLine(e.getMessage()));
        }
    }

    private JsonObject object() throws IOException, MalformedFieldException {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            members.put(name, value());
        }
        try {
            return new JsonObject(members);
        } catch (IllegalArgumentException e) {
            throw malformed(e.getMessage());
        }
    }

    private JsonValue array() throws IOException, MalformedFieldException {
        List<JsonValue> values = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            values.add(value());
        }
        return new JsonValue.Array(values);
    }

    private JsonValue value() throws IOException, MalformedFieldException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object();
            case START_ARRAY -> array();
            case VALUE_STRING -> string();
            case VALUE_NUMBER_INT -> integer();
            case VALUE_TRUE -> new JsonValue.Truth(true);
            case VALUE_FALSE -> new JsonValue.Truth(false);
            case VALUE_NULL -> new JsonValue.Null();
            default -> throw malformed("a number is not an integer");
        };
    }

    private JsonValue string() throws IOException, MalformedFieldException {
        try {
            return new JsonValue.Text(parser.getText());
        } catch (IllegalArgumentException e) {
            throw malformed(e.getMessage());
        }
    }

    private JsonValue integer() throws IOException, MalformedFieldException {
        String digits = parser.getText();
        try {
            if (digits.equals("-0")) {
                throw malformed("the integer -0 is not written as 0");
            }
            return new JsonValue.Whole(Long.parseLong(digits));
        } catch (IllegalArgumentException e) {
            throw malformed("integer " + digits + " is not between -2^53 and 2^53");
        }
    }

    private MalformedFieldException malformed(String what) {
        return new MalformedFieldException(
                what + " (line " + parser.currentTokenLocation().getLineNr() + ")");
    }

    private static String text(byte[] bytes) throws MalformedFieldException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedFieldException("it is not UTF-8");
        }
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("");
    }
}
