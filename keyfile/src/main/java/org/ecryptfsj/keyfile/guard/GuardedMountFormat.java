package org.ecryptfsj.keyfile.guard;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.JsonReader;
import org.ecryptfsj.protector.JsonValue;
import org.ecryptfsj.protector.MalformedFieldException;

/**
 * The JSON of a guarded mount (docs/spec/guarded-mounts.md). A path is a {@code file:} URI, because a file name can have bytes
 * that are no text.
 */
final class GuardedMountFormat {
    static final int MOST_FILE_BYTES = 64 * 1024;

    private static final int VERSION = 1;
    private static final int MOST_KEYS = 2;
    private static final int MOST_PATH = 4096 * 3;
    private static final int MOST_TYPE = 32;
    private static final int MOST_REGISTERS = 32;
    private static final int MOST_REGISTER = 31;
    private static final int MOST_VALUE = 128;

    private GuardedMountFormat() {}

    static byte[] bytes(GuardedMount mount) {
        JsonObject object = JsonObject.empty()
                .with("version", VERSION)
                .with("id", mount.id().toString())
                .with("mountPoint", mount.mountPoint().toUri().toString())
                .with("lower", mount.lower().toUri().toString())
                .with("keys", keys(mount.keys()));
        if (mount.keyFile().isPresent()) {
            object = object.with("keyFile", mount.keyFile().get().toUri().toString());
        }
        if (mount.watched().isPresent()) {
            object = object.with("watched", watched(mount.watched().get()));
        }
        return object.indented().getBytes(StandardCharsets.UTF_8);
    }

    private static JsonValue keys(List<KernelKey> keys) {
        List<JsonValue> values = new ArrayList<>();
        for (KernelKey key : keys) {
            values.add(JsonObject.empty()
                    .with("serial", key.serial())
                    .with("signature", key.signature().hex()));
        }
        return new JsonValue.Array(values);
    }

    private static JsonObject watched(WatchedRegisters watched) {
        List<JsonValue> registers = new ArrayList<>();
        watched.values()
                .forEach((number, value) ->
                        registers.add(JsonObject.empty().with("number", number).with("value", value)));
        return JsonObject.empty()
                .with("protector", watched.protectorType())
                .with("recheckSeconds", watched.recheck().toSeconds())
                .with("registers", new JsonValue.Array(registers));
    }

    /** @throws MalformedFieldException saying what is wrong */
    static GuardedMount parse(byte[] bytes) throws MalformedFieldException {
        if (bytes.length > MOST_FILE_BYTES) {
            throw new MalformedFieldException("it is longer than " + MOST_FILE_BYTES + " bytes");
        }
        JsonObject object = JsonReader.read(bytes);
        object.integer("version", VERSION, VERSION);
        try {
            return new GuardedMount(
                    object.uuid("id"),
                    parseKeys(object),
                    path(object, "mountPoint"),
                    path(object, "lower"),
                    object.has("keyFile") ? Optional.of(path(object, "keyFile")) : Optional.empty(),
                    object.has("watched") ? Optional.of(parseWatched(object.object("watched"))) : Optional.empty());
        } catch (IllegalArgumentException e) {
            throw new MalformedFieldException(e.getMessage());
        }
    }

    private static List<KernelKey> parseKeys(JsonObject object) throws MalformedFieldException {
        List<KernelKey> keys = new ArrayList<>();
        for (JsonObject key : object.objects("keys", 1, MOST_KEYS)) {
            keys.add(new KernelKey(
                    key.integer("serial", 1, Integer.MAX_VALUE),
                    new Signature(key.text("signature", Signature.HEX_DIGITS))));
        }
        return keys;
    }

    private static WatchedRegisters parseWatched(JsonObject object) throws MalformedFieldException {
        Map<Integer, String> values = new TreeMap<>();
        for (JsonObject register : object.objects("registers", 1, MOST_REGISTERS)) {
            String value = register.text("value", MOST_VALUE);
            if (!value.matches("[0-9a-f]+")) {
                throw new MalformedFieldException("the value of a PCR is not lowercase hex digits");
            }
            int number = register.integer("number", 0, MOST_REGISTER);
            if (values.put(number, value) != null) {
                throw new MalformedFieldException("PCR " + number + " is there twice");
            }
        }
        return new WatchedRegisters(
                object.text("protector", MOST_TYPE),
                values,
                Duration.ofSeconds(object.integer("recheckSeconds", 1, WatchedRegisters.MOST_SECONDS)));
    }

    private static Path path(JsonObject object, String name) throws MalformedFieldException {
        URI uri = URI.create(object.text(name, MOST_PATH));
        if (!"file".equals(uri.getScheme())) {
            throw new MalformedFieldException("member \"" + name + "\" is not a file: URI");
        }
        // No name has a slash; Java would make a path of it that equals no other.
        if (uri.toString().toLowerCase(Locale.ROOT).contains("%2f")) {
            throw new MalformedFieldException("member \"" + name + "\" has an encoded slash");
        }
        try {
            return Path.of(uri);
        } catch (FileSystemNotFoundException e) {
            throw new MalformedFieldException("member \"" + name + "\" is not the URI of a local file");
        }
    }
}
