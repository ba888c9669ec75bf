package org.ecryptfsj.tools.machine;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyGenerator;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.TokenContents;

/** A TPM that is none: a key module named tspi whose keys are names, and which seals by turning each byte over. */
public final class FakeTpm implements KeyModule, KeyDevice, KeyGenerator {
    private static final int COMMUNICATION_FAILURE = 0x3011;

    private final List<String> keys = new ArrayList<>();
    private Optional<KeyModuleException> failure = Optional.empty();
    private boolean owned = true;
    private Runnable before = () -> {};

    /** With a key of that name. */
    public FakeTpm(String... known) {
        Collections.addAll(keys, known);
    }

    /** Fails with that from now on, whatever it is asked. */
    public void failWith(Reason reason, String message, String advice, int code) {
        failure = Optional.of(new KeyModuleException(reason, message, advice, code, null));
    }

    /** Does that before each key it makes. */
    public void beforeEachKey(Runnable action) {
        before = action;
    }

    /** Has no owner, as tcsd sees it. */
    public void disown() {
        owned = false;
    }

    /** The names of its keys. */
    public List<String> keys() {
        return List.copyOf(keys);
    }

    @Override
    public String alias() {
        return "tspi";
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(Parameter.asked("tspi_uuid", "tspi_uuid", true), Parameter.optional("tspi_mode"));
    }

    @Override
    public TokenContents tokenContents(ParameterValues values) throws KeyModuleException {
        return new TokenContents.ModuleKey(new Signature("00112233aabbccdd"), KeyBlob.takeBytes(new byte[] {1}));
    }

    @Override
    public byte[] wrap(KeyBlob blob, Secret payload) {
        return payload.onHeap(FakeTpm::turned);
    }

    @Override
    public Secret unwrap(KeyBlob blob, byte[] encryptedKey) {
        return Secret.takeBytes(turned(encryptedKey));
    }

    private static byte[] turned(byte[] bytes) {
        ByteBuffer turned = ByteBuffer.allocate(bytes.length);
        for (byte each : bytes) {
            turned.put((byte) ~each);
        }
        return turned.array();
    }

    @Override
    public Optional<KeyGenerator> generator() {
        return Optional.of(this);
    }

    @Override
    public GeneratedKey generate(ParameterValues values) throws KeyModuleException {
        throwFailure();
        before.run();
        String uuid = values.text("tspi_uuid").orElse("%032x".formatted(keys.size() + 0xabc));
        keys.add(uuid);
        return new GeneratedKey(
                "tspi_uuid", uuid, Map.of("PCRs", values.texts("pcr").toString()));
    }

    @Override
    public Optional<KeyDevice> device() {
        return Optional.of(this);
    }

    @Override
    public State state(Duration limit) throws KeyModuleException {
        if (failure.filter(FakeTpm::isOfTcsd).isPresent()) {
            throw failure.get();
        }
        return new State(owned, List.of("0".repeat(40), "12".repeat(20)));
    }

    private static boolean isOfTcsd(KeyModuleException failure) {
        return failure.reason() == Reason.SERVICE_UNAVAILABLE || failure.code() == COMMUNICATION_FAILURE;
    }

    @Override
    public void requireUsable(String key, Duration limit) throws KeyModuleException {
        throwFailure();
        if (!keys.contains(key)) {
            throw new KeyModuleException(Reason.KEY_NOT_FOUND, "TPM key " + key + " is not there", "");
        }
    }

    @Override
    public void remove(String key, Duration limit) throws KeyModuleException {
        requireUsable(key, limit);
        keys.remove(key);
    }

    private void throwFailure() throws KeyModuleException {
        if (failure.isPresent()) {
            throw failure.get();
        }
    }
}
