package org.ecryptfsj.daemon.guard;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorState;

/** A protector that has PCRs, and guards nothing. */
class FakeRegisters implements Protector {
    private final String type;
    private final Map<Integer, String> values = new TreeMap<>();
    private Optional<String> failure = Optional.empty();
    private Optional<CountDownLatch> hanging = Optional.empty();
    private int readings;

    FakeRegisters(String type) {
        this.type = type;
    }

    synchronized FakeRegisters set(int number, String value) {
        values.put(number, value);
        return this;
    }

    synchronized void fail(String message) {
        failure = Optional.of(message);
    }

    synchronized void recover() {
        failure = Optional.empty();
    }

    /** Readings wait for the latch. */
    synchronized void hangUntil(CountDownLatch latch) {
        hanging = Optional.of(latch);
    }

    synchronized int readings() {
        return readings;
    }

    @Override
    public String type() {
        return type;
    }

    @Override
    public Map<Integer, String> registers(Set<Integer> numbers) throws ProtectorException {
        Optional<CountDownLatch> latch;
        synchronized (this) {
            readings++;
            latch = hanging;
        }
        try {
            if (latch.isPresent()) {
                latch.get().await();
            }
        } catch (InterruptedException e) {
            throw new ProtectorException(ProtectorException.Reason.TIMED_OUT, "interrupted", "");
        }
        synchronized (this) {
            if (failure.isPresent()) {
                throw new ProtectorException(ProtectorException.Reason.UNAVAILABLE, failure.get(), "start tcsd");
            }
            Map<Integer, String> read = new TreeMap<>(values);
            read.keySet().retainAll(numbers);
            return read;
        }
    }

    @Override
    public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues given, Prompter prompter) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ProtectorState state(JsonObject fields, ProtectorContext context) {
        return ProtectorState.usable("PCRs");
    }

    @Override
    public Interaction interaction(JsonObject fields) {
        return Interaction.NONE;
    }
}
