package org.ecryptfsj.daemon;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;

/** A key module whose encryption is to invert every bit, and whose first blob byte says how it behaves. */
final class InvertingModule implements KeyModule {
    static final byte WORKS = 0;
    static final byte REFUSES = 1;
    static final byte IS_BROKEN = 2;
    static final byte HANGS = 3;
    static final byte ANSWERS_TOO_MUCH = 4;
    static final byte ANSWERS_NOTHING = 5;
    static final byte HAS_IT_AT_HAND = 6;
    static final byte HANGS_FOR_EVER = 7;

    private final String alias;
    final CountDownLatch interrupted = new CountDownLatch(1);
    final CountDownLatch release = new CountDownLatch(1);
    final AtomicInteger locked = new AtomicInteger();

    /** How many hang, or have hung. */
    final AtomicInteger hanging = new AtomicInteger();

    /** Whether one that hangs takes no notice of being interrupted. */
    volatile boolean deaf;

    volatile Optional<KeyDevice> device = Optional.empty();

    InvertingModule(String alias) {
        this.alias = alias;
    }

    @Override
    public String alias() {
        return alias;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of();
    }

    @Override
    public TokenContents tokenContents(ParameterValues values) throws KeyModuleException {
        throw new KeyModuleException(KeyModuleException.Reason.UNSUPPORTED, "made by the test", "");
    }

    @Override
    public byte[] wrap(KeyBlob blob, Secret payload) throws KeyModuleException {
        byte how = blob.buffer().get(0);
        behave(how);
        if (how == ANSWERS_TOO_MUCH) {
            return new byte[513];
        }
        return how == ANSWERS_NOTHING ? new byte[0] : payload.onHeap(InvertingModule::inverted);
    }

    @Override
    public Secret unwrap(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        byte how = blob.buffer().get(0);
        behave(how);
        if (how == ANSWERS_TOO_MUCH) {
            return Secret.allocate(1000);
        }
        return how == ANSWERS_NOTHING ? Secret.allocate(0) : Secret.takeBytes(inverted(encryptedKey));
    }

    @Override
    public Optional<byte[]> wrapAtOnce(KeyBlob blob, Secret payload) {
        return blob.buffer().get(0) == HAS_IT_AT_HAND
                ? Optional.of(payload.onHeap(InvertingModule::inverted))
                : Optional.empty();
    }

    @Override
    public Optional<Secret> unwrapAtOnce(KeyBlob blob, byte[] encryptedKey) {
        return blob.buffer().get(0) == HAS_IT_AT_HAND
                ? Optional.of(Secret.takeBytes(inverted(encryptedKey)))
                : Optional.empty();
    }

    @Override
    public Optional<KeyDevice> device() {
        return device;
    }

    private void behave(byte how) throws KeyModuleException {
        switch (how) {
            case REFUSES ->
                throw new KeyModuleException(KeyModuleException.Reason.WRONG_PCR_STATE, "refused", "do something");
            case IS_BROKEN -> throw new AssertionError("broken");
            case HANGS -> {
                hanging.incrementAndGet();
                hang(release);
            }
            case HANGS_FOR_EVER -> {
                hanging.incrementAndGet();
                hang(new CountDownLatch(1));
            }
            default -> {}
        }
    }

    private void hang(CountDownLatch until) throws KeyModuleException {
        try {
            until.await();
        } catch (InterruptedException e) {
            interrupted.countDown();
            if (deaf && until == release) {
                hang(until);
                return;
            }
            throw new KeyModuleException(KeyModuleException.Reason.TIMED_OUT, "interrupted", "", 0, e);
        }
    }

    static byte[] inverted(byte[] bytes) {
        byte[] result = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            result[i] = (byte) ~bytes[i];
        }
        return result;
    }

    @Override
    public void lock() {
        locked.incrementAndGet();
    }
}
