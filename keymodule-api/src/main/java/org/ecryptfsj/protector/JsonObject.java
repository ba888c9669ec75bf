package org.ecryptfsj.protector;

import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Members by name, in their order. What comes from a file is taken out by the methods that check type and range, before
 * anything is done with it.
 *
 * @param members each name once
 */
public record JsonObject(Map<String, JsonValue> members) implements JsonValue {
    private static final int UUID_CHARACTERS = 36;

    private static final JsonObject EMPTY = new JsonObject(Map.of());

    /** @throws IllegalArgumentException if a name has an unpaired surrogate */
    public JsonObject {
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        members.keySet().forEach(JsonValue::requireName);
    }

    /** Without members. */
    public static JsonObject empty() {
        return EMPTY;
    }

    /** The same with another member, at the end, or with another value for a member that it has, in its place. */
    public JsonObject with(String name, JsonValue value) {
        Map<String, JsonValue> changed = new LinkedHashMap<>(members);
        changed.put(name, value);
        return new JsonObject(changed);
    }

    /** As {@link #with(String, JsonValue)}, with a string. */
    public JsonObject with(String name, String text) {
        return with(name, new Text(text));
    }

    /** As {@link #with(String, JsonValue)}, with an integer. */
    public JsonObject with(String name, long integer) {
        return with(name, new Whole(integer));
    }

    /** As {@link #with(String, JsonValue)}, with a boolean. */
    public JsonObject with(String name, boolean truth) {
        return with(name, new Truth(truth));
    }

    /** As {@link #with(String, JsonValue)}, with bytes as base64. */
    public JsonObject with(String name, byte[] bytes) {
        return with(name, new Text(Base64.getEncoder().encodeToString(bytes)));
    }

    /** The same without a member. */
    public JsonObject without(String name) {
        Map<String, JsonValue> changed = new LinkedHashMap<>(members);
        changed.remove(name);
        return new JsonObject(changed);
    }

    /** Whether there is a member of that name. */
    public boolean has(String name) {
        return members.containsKey(name);
    }

    /**
     * A string.
     *
     * @param most the largest number of UTF-16 units
     * @throws MalformedFieldException if it is missing, no string, or longer
     */
    public String text(String name, int most) throws MalformedFieldException {
        String text = required(name, Text.class, "a string").value();
        if (text.length() > most) {
            throw new MalformedFieldException(
                    "member \"" + name + "\" has " + text.length() + " characters; the limit is " + most);
        }
        return text;
    }

    /**
     * A string, if there is such a member.
     *
     * @throws MalformedFieldException if it is there and no string, or longer
     */
    public Optional<String> optionalText(String name, int most) throws MalformedFieldException {
        return has(name) ? Optional.of(text(name, most)) : Optional.empty();
    }

    /**
     * An integer.
     *
     * @throws MalformedFieldException if it is missing, no integer, or not between least and most
     */
    public int integer(String name, int least, int most) throws MalformedFieldException {
        long value = required(name, Whole.class, "an integer").value();
        if (value < least || value > most) {
            throw new MalformedFieldException(
                    "member \"" + name + "\" is " + value + ", not between " + least + " and " + most);
        }
        return (int) value;
    }

    /**
     * A UUID.
     *
     * @throws MalformedFieldException if it is missing, or not a UUID in its one form, with lowercase hex digits
     */
    public UUID uuid(String name) throws MalformedFieldException {
        String text = text(name, UUID_CHARACTERS);
        try {
            UUID id = UUID.fromString(text);
            if (id.toString().equals(text)) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            throw new MalformedFieldException("member \"" + name + "\" is not a UUID");
        }
        throw new MalformedFieldException("member \"" + name + "\" is not a UUID in lowercase hex digits");
    }

    /**
     * A list of integers.
     *
     * @param mostElements of the list
     * @throws MalformedFieldException if it is missing, no list, has more elements, or another element than integers from least
     *     to most
     */
    public List<Integer> integers(String name, int mostElements, int least, int most) throws MalformedFieldException {
        List<JsonValue> values = required(name, Array.class, "a list").values();
        if (values.size() > mostElements) {
            throw new MalformedFieldException(
                    "list \"" + name + "\" has " + values.size() + " elements, more than " + mostElements);
        }
        List<Integer> integers = new ArrayList<>();
        for (JsonValue value : values) {
            if (!(value instanceof Whole whole) || whole.value() < least || whole.value() > most) {
                throw new MalformedFieldException(
                        "list \"" + name + "\" has an element that is no integer from " + least + " to " + most);
            }
            integers.add((int) whole.value());
        }
        return integers;
    }

    /**
     * A boolean.
     *
     * @throws MalformedFieldException if it is missing or no boolean
     */
    public boolean truth(String name) throws MalformedFieldException {
        return required(name, Truth.class, "true or false").value();
    }

    /**
     * Bytes, written as base64 (RFC 4648, section 4) with padding.
     *
     * @throws MalformedFieldException if it is missing, no base64 in its one form, or has fewer or more bytes
     */
    public byte[] bytes(String name, int least, int most) throws MalformedFieldException {
        String text = text(name, (most + 2) / 3 * 4);
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new MalformedFieldException("member \"" + name + "\" is not base64");
        }
        if (!Base64.getEncoder().encodeToString(bytes).equals(text)) {
            throw new MalformedFieldException("member \"" + name + "\" is not base64 in its one form");
        }
        if (bytes.length < least || bytes.length > most) {
            throw new MalformedFieldException(
                    "member \"" + name + "\" has " + bytes.length + " bytes, not between " + least + " and " + most);
        }
        return bytes;
    }

    /**
     * An object.
     *
     * @throws MalformedFieldException if it is missing or no object
     */
    public JsonObject object(String name) throws MalformedFieldException {
        return required(name, JsonObject.class, "an object");
    }

    /**
     * A list of objects.
     *
     * @throws MalformedFieldException if it is missing, no list, has fewer or more elements, or another element than objects
     */
    public List<JsonObject> objects(String name, int least, int most) throws MalformedFieldException {
        List<JsonValue> values = required(name, Array.class, "a list").values();
        if (values.size() < least || values.size() > most) {
            throw new MalformedFieldException(
                    "list \"" + name + "\" has " + values.size() + " elements, not between " + least + " and " + most);
        }
        List<JsonObject> objects = new ArrayList<>();
        for (JsonValue value : values) {
            if (!(value instanceof JsonObject object)) {
                throw new MalformedFieldException("list \"" + name + "\" has an element that is no object");
            }
            objects.add(object);
        }
        return objects;
    }

    private <T extends JsonValue> T required(String name, Class<T> type, String expected)
            throws MalformedFieldException {
        JsonValue value = members.get(name);
        if (value == null) {
            throw new MalformedFieldException("member \"" + name + "\" is missing");
        }
        if (!type.isInstance(value)) {
            throw new MalformedFieldException("member \"" + name + "\" is not " + expected);
        }
        return type.cast(value);
    }
}
