package org.ecryptfsj.daemon.fakes;

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

/** A key module that encrypts by inverting every bit. The first byte of a token's blob selects its behaviour. */
public final class FakeKeyModule implements KeyModule {
    /** It encrypts or decrypts. */
    public static final byte SUCCEEDS = 0;
    /** It throws its checked exception. */
    public static final byte FAILS = 1;
    /** It throws an Error. */
    public static final byte THROWS_ERROR = 2;
    /** It blocks until it is released. */
    public static final byte BLOCKS = 3;
    /** Its result is too long. */
    public static final byte RETURNS_TOO_MANY_BYTES = 4;
    /** Its result is empty. */
    public static final byte RETURNS_NO_BYTES = 5;
    /** It needs not wait. */
    public static final byte SUCCEEDS_AT_ONCE = 6;
    /** It blocks until it is interrupted. */
    public static final byte BLOCKS_FOR_EVER = 7;
    /** It throws its checked exception, because its service does not run. */
    public static final byte IS_UNAVAILABLE = 8;
    /** It throws an error of the virtual machine. */
    public static final byte RUNS_OUT_OF_MEMORY = 9;
    /** It throws its checked exception where it should not wait. */
    public static final byte FAILS_AT_ONCE = 10;

    private final String alias;
    /** Open once a call was interrupted. */
    public final CountDownLatch interrupted = new CountDownLatch(1);
    /** Ends all calls that block. */
    public final CountDownLatch release = new CountDownLatch(1);
    /** Number of calls of {@link #lock}. */
    public final AtomicInteger locked = new AtomicInteger();

    /** How many block, or have hung. */
    public final AtomicInteger blocked = new AtomicInteger();

    /** Whether a call that blocks ignores interrupts. */
    public volatile boolean ignoresInterrupts;

    /** Its device, if it has one. */
    public volatile Optional<KeyDevice> device = Optional.empty();

    /** A module of that alias. */
    public FakeKeyModule(String alias) {
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
        byte behaviour = blob.buffer().get(0);
        actAs(behaviour);
        if (behaviour == RETURNS_TOO_MANY_BYTES) {
            return new byte[513];
        }
        return behaviour == RETURNS_NO_BYTES ? new byte[0] : payload.onHeap(FakeKeyModule::inverted);
    }

    @Override
    public Secret unwrap(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        byte behaviour = blob.buffer().get(0);
        actAs(behaviour);
        if (behaviour == RETURNS_TOO_MANY_BYTES) {
            return Secret.allocate(1000);
        }
        return behaviour == RETURNS_NO_BYTES ? Secret.allocate(0) : Secret.takeBytes(inverted(encryptedKey));
    }

    @Override
    public Optional<byte[]> wrapAtOnce(KeyBlob blob, Secret payload) throws KeyModuleException {
        failAtOnce(blob);
        return blob.buffer().get(0) == SUCCEEDS_AT_ONCE
                ? Optional.of(payload.onHeap(FakeKeyModule::inverted))
                : Optional.empty();
    }

    @Override
    public Optional<Secret> unwrapAtOnce(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        failAtOnce(blob);
        return blob.buffer().get(0) == SUCCEEDS_AT_ONCE
                ? Optional.of(Secret.takeBytes(inverted(encryptedKey)))
                : Optional.empty();
    }

    @Override
    public Optional<KeyDevice> device() {
        return device;
    }

    private static void failAtOnce(KeyBlob blob) throws KeyModuleException {
        if (blob.buffer().get(0) == FAILS_AT_ONCE) {
            throw new KeyModuleException(KeyModuleException.Reason.BAD_DATA, "refused at once", "do something");
        }
    }

    private void actAs(byte behaviour) throws KeyModuleException {
        switch (behaviour) {
            case FAILS ->
                throw new KeyModuleException(KeyModuleException.Reason.WRONG_PCR_STATE, "refused", "do something");
            case IS_UNAVAILABLE ->
                throw new KeyModuleException(KeyModuleException.Reason.SERVICE_UNAVAILABLE, "no service", "start it");
            case RUNS_OUT_OF_MEMORY -> throw new OutOfMemoryError("made by the test");
            case THROWS_ERROR -> throw new AssertionError("broken");
            case BLOCKS -> {
                blocked.incrementAndGet();
                block(release);
            }
            case BLOCKS_FOR_EVER -> {
                blocked.incrementAndGet();
                block(new CountDownLatch(1));
            }
            default -> {}
        }
    }

    private void block(CountDownLatch until) throws KeyModuleException {
        try {
            until.await();
        } catch (InterruptedException e) {
            interrupted.countDown();
            if (ignoresInterrupts && until == release) {
                block(until);
                return;
            }
            throw new KeyModuleException(KeyModuleException.Reason.TIMED_OUT, "interrupted", "", 0, e);
        }
    }

    /** The encryption. */
    public static byte[] inverted(byte[] bytes) {
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
