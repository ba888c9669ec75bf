package org.ecryptfsj.keymodule.tspi;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;

/** The same sealed bytes asked for by several at the same time are unsealed once, and each gets a copy. */
final class SharedUnseal {
    private final Map<Asked, Flight> flights = new ConcurrentHashMap<>();

    /** How the first one gets it from the TPM. */
    @FunctionalInterface
    interface Unsealing {
        Secret unseal() throws KeyModuleException;
    }

    @SuppressWarnings("ArrayRecordComponent") // never written to
    private record Asked(KeyUuid key, byte[] sealed) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Asked that && key.equals(that.key) && Arrays.equals(sealed, that.sealed);
        }

        @Override
        public int hashCode() {
            return 31 * key.hashCode() + Arrays.hashCode(sealed);
        }
    }

    /** One unsealing under way. Its result is wiped when the last one who waits for it has gone. */
    private static final class Flight {
        private final CountDownLatch landed = new CountDownLatch(1);
        private Optional<Secret> result = Optional.empty();
        private Optional<KeyModuleException> failure = Optional.empty();
        private int aboard = 1;

        /** False if everybody has left already. */
        synchronized boolean board() {
            if (aboard == 0) {
                return false;
            }
            aboard++;
            return true;
        }

        synchronized void leave() {
            aboard--;
            if (aboard == 0) {
                result.ifPresent(Secret::close);
            }
        }

        synchronized void succeed(Secret secret) {
            result = Optional.of(secret);
        }

        synchronized void fail(KeyModuleException why) {
            failure = Optional.of(why);
        }

        synchronized Optional<Secret> copy() {
            return result.map(Secret::copy);
        }

        /** Of those who wait, nobody's time is over because the first one's was. */
        synchronized Optional<KeyModuleException> failureForAll() {
            return failure.filter(e -> e.reason() != Reason.TIMED_OUT);
        }
    }

    /**
     * Unseals, or waits for somebody who does.
     *
     * @return a secret of the caller's own
     * @throws KeyModuleException what the unsealing throws; TIMED_OUT if this thread is interrupted, and it stays interrupted
     */
    Secret unseal(KeyUuid key, byte[] sealed, Unsealing unsealing) throws KeyModuleException {
        Asked asked = new Asked(key, sealed);
        while (true) {
            Flight mine = new Flight();
            Flight first = flights.putIfAbsent(asked, mine);
            if (first == null) {
                return fly(asked, mine, unsealing);
            }
            if (!first.board()) {
                continue;
            }
            Optional<Secret> copy = await(first);
            if (copy.isPresent()) {
                return copy.get();
            }
        }
    }

    private Secret fly(Asked asked, Flight mine, Unsealing unsealing) throws KeyModuleException {
        try {
            mine.succeed(unsealing.unseal());
            return mine.copy().orElseThrow();
        } catch (KeyModuleException e) {
            mine.fail(e);
            throw e;
        } finally {
            flights.remove(asked, mine);
            mine.landed.countDown();
            mine.leave();
        }
    }

    /** Empty if the first one's own time was over, or it failed unexpectedly: then another one has to try. */
    private static Optional<Secret> await(Flight first) throws KeyModuleException {
        try {
            first.landed.await();
            Optional<KeyModuleException> failure = first.failureForAll();
            if (failure.isPresent()) {
                throw failure.get().again();
            }
            return first.copy();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyModuleException(Reason.TIMED_OUT, "no time was left to wait for the TPM", "", 0, e);
        } finally {
            first.leave();
        }
    }
}
