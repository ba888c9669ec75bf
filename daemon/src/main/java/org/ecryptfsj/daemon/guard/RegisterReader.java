package org.ecryptfsj.daemon.guard;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.ecryptfsj.daemon.concurrent.DaemonThreads;
import org.ecryptfsj.keyfile.guard.WatchedRegisters;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.Protectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads PCRs through protectors, for each type of protector on one thread: a device or service that hangs delays the readings of
 * its own type only.
 */
final class RegisterReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RegisterReader.class);

    private static final int IDLE_SECONDS = 30;
    private static final int STOP_MILLIS = 500;

    private final ProtectorSource source;
    private final Function<String, ExecutorService> newThread;
    private final Map<String, ExecutorService> threads = new ConcurrentHashMap<>();
    private Optional<Protectors> protectors = Optional.empty();

    /** Finds the protectors. */
    @FunctionalInterface
    interface ProtectorSource {
        /** @throws IOException if they cannot be found */
        Protectors load() throws IOException;
    }

    /** @param source is called at the first reading: a daemon with no bound mounts loads no protectors */
    RegisterReader(ProtectorSource source) {
        this(source, RegisterReader::thread);
    }

    /** @param newThread runs the readings of a type of protector */
    RegisterReader(ProtectorSource source, Function<String, ExecutorService> newThread) {
        this.source = source;
        this.newThread = newThread;
    }

    /** Reads the PCRs, and passes the result on from another thread. */
    void read(WatchedRegisters watched, Consumer<RegisterReading> result) {
        threads.computeIfAbsent(watched.protectorType(), newThread).execute(() -> result.accept(read(watched)));
    }

    private static ExecutorService thread(String type) {
        ThreadPoolExecutor thread = new ThreadPoolExecutor(
                1,
                1,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                DaemonThreads.named("guard-" + type));
        thread.allowCoreThreadTimeOut(true);
        return thread;
    }

    private RegisterReading read(WatchedRegisters watched) {
        Set<Integer> numbers = watched.values().keySet();
        try {
            Optional<Protector> protector = protectors().byType(watched.protectorType());
            if (protector.isEmpty()) {
                return new RegisterReading.Failure(
                        "no protector of type " + watched.protectorType() + " is installed in the module directory");
            }
            Map<Integer, String> values = protector.get().registers(watched.values());
            return values.keySet().containsAll(numbers)
                    ? new RegisterReading.Values(values)
                    : new RegisterReading.Failure(
                            "protector " + watched.protectorType() + " returned PCRs " + values.keySet() + " only");
        } catch (ProtectorException e) {
            return new RegisterReading.Failure(reason(e));
        } catch (IOException e) {
            return new RegisterReading.Failure("the protectors cannot be loaded: " + e.getMessage());
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("protector {} failed", watched.protectorType(), e);
            return new RegisterReading.Failure("protector " + watched.protectorType() + " failed: " + e);
        }
    }

    private synchronized Protectors protectors() throws IOException {
        if (protectors.isEmpty()) {
            Protectors loaded = source.load();
            loaded.problems().forEach(LOG::warn);
            protectors = Optional.of(loaded);
        }
        return protectors.get();
    }

    /** Ends the readings. A protector that hangs is left to the end of the process, so that the daemon can stop. */
    @Override
    public void close() {
        threads.values().forEach(ExecutorService::shutdownNow);
        try {
            for (ExecutorService thread : threads.values()) {
                if (!thread.awaitTermination(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
                    LOG.debug("a reading of PCRs is still under way");
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        closeProtectors();
    }

    private synchronized void closeProtectors() {
        protectors.ifPresent(Protectors::close);
    }

    /** Without a full stop at its end: it goes into a longer line. */
    private static String reason(ProtectorException e) {
        String reason = e.advice().isEmpty() ? e.getMessage() : e.getMessage() + ". What to do: " + e.advice();
        return reason.endsWith(".") ? reason.substring(0, reason.length() - 1) : reason;
    }
}
