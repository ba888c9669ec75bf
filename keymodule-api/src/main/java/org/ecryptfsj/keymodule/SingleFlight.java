package org.ecryptfsj.keymodule;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;

/**
 * Runs an operation once for all threads that ask for the same result at the same time. The first thread, the leader, runs it;
 * the others, the followers, wait and get the same result or the same failure. A thread that asks after the end starts anew.
 *
 * @param <K> what identifies the result; has equals and hashCode
 * @param <V> the result
 */
public final class SingleFlight<K, V> {
    private final Map<K, Flight<V>> flights = new ConcurrentHashMap<>();
    private final String subject;
    private final UnaryOperator<V> copy;
    private final Consumer<V> release;

    private SingleFlight(String subject, UnaryOperator<V> copy, Consumer<V> release) {
        this.subject = subject;
        this.copy = copy;
        this.release = release;
    }

    /**
     * For secrets: each thread gets a copy of its own, and the original is wiped after the last copy was taken.
     *
     * @param subject what the threads wait for, for error messages
     * @param <K> what identifies the result; has equals and hashCode
     * @return an object without operations in progress
     */
    public static <K> SingleFlight<K, Secret> ofSecrets(String subject) {
        return new SingleFlight<>(subject, Secret::copy, Secret::close);
    }

    /**
     * For results that all threads share.
     *
     * @param subject what the threads wait for, for error messages
     * @param <K> what identifies the result; has equals and hashCode
     * @param <V> the result
     * @return an object without operations in progress
     */
    public static <K, V> SingleFlight<K, V> ofShared(String subject) {
        return new SingleFlight<>(subject, UnaryOperator.identity(), result -> {});
    }

    /**
     * The operation, run by the leader.
     *
     * @param <V> the result
     */
    @FunctionalInterface
    public interface Operation<V> {
        /**
         * Runs the operation.
         *
         * @return the result
         * @throws KeyModuleException with the reason, for the leader and the followers
         */
        V run() throws KeyModuleException;
    }

    /** One operation in progress. Its result is released when the last thread has left. */
    private static final class Flight<V> {
        private final CountDownLatch ended = new CountDownLatch(1);
        private final Consumer<V> release;
        private Optional<V> result = Optional.empty();
        private Optional<KeyModuleException> failure = Optional.empty();
        private int threads = 1;

        Flight(Consumer<V> release) {
            this.release = release;
        }

        /** False if all threads have left already. */
        synchronized boolean join() {
            if (threads == 0) {
                return false;
            }
            threads++;
            return true;
        }

        synchronized void leave() {
            threads--;
            if (threads == 0) {
                result.ifPresent(release);
            }
        }

        synchronized void succeed(V value) {
            result = Optional.of(value);
        }

        synchronized void fail(KeyModuleException why) {
            failure = Optional.of(why);
        }

        synchronized Optional<V> copy(UnaryOperator<V> copy) {
            return result.map(copy);
        }

        /** The leader's timeout must not fail followers. */
        synchronized Optional<KeyModuleException> failureForFollowers() {
            return failure.filter(e -> e.reason() != Reason.TIMED_OUT);
        }
    }

    /**
     * Runs the operation, or waits for the thread that runs it.
     *
     * @param key identifies the result
     * @param operation run only if no other thread runs one for the same key
     * @return the caller's own copy, or the shared result
     * @throws KeyModuleException what the operation throws; TIMED_OUT if this thread is interrupted, and it stays interrupted
     */
    public V run(K key, Operation<V> operation) throws KeyModuleException {
        while (true) {
            Flight<V> own = new Flight<>(release);
            Flight<V> current = flights.putIfAbsent(key, own);
            if (current == null) {
                return lead(key, own, operation);
            }
            if (!current.join()) {
                continue;
            }
            Optional<V> result = follow(current);
            if (result.isPresent()) {
                return result.get();
            }
        }
    }

    private V lead(K key, Flight<V> own, Operation<V> operation) throws KeyModuleException {
        try {
            own.succeed(operation.run());
            return own.copy(copy).orElseThrow();
        } catch (KeyModuleException e) {
            own.fail(e);
            throw e;
        } finally {
            flights.remove(key, own);
            own.ended.countDown();
            own.leave();
        }
    }

    /** Empty if the leader timed out or failed unexpectedly: then another thread has to run the operation. */
    private Optional<V> follow(Flight<V> flight) throws KeyModuleException {
        try {
            flight.ended.await();
            Optional<KeyModuleException> failure = flight.failureForFollowers();
            if (failure.isPresent()) {
                throw failure.get().forAnotherThread();
            }
            return flight.copy(copy);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyModuleException(Reason.TIMED_OUT, "timed out waiting for " + subject, "", 0, e);
        } finally {
            flight.leave();
        }
    }
}
