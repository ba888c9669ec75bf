package org.ecryptfsj.keymodule.tspi.envelope;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;

/** A KEK on its way: the first who needs it gets it from the device, the others wait for that. */
final class Loading {
    private final CountDownLatch done = new CountDownLatch(1);
    private Optional<Kek> kek = Optional.empty();
    private Optional<KeyModuleException> failure = Optional.empty();

    private Loading() {}

    /** How the first one gets it. */
    @FunctionalInterface
    interface Source {
        Kek get() throws KeyModuleException;
    }

    /**
     * Gets a KEK once for all who ask for it at the same time.
     *
     * @throws KeyModuleException what the source throws; TIMED_OUT if this thread is interrupted, and it stays interrupted
     */
    static Kek once(Map<Object, Loading> loadings, Object name, Source source) throws KeyModuleException {
        while (true) {
            Loading mine = new Loading();
            Loading first = loadings.putIfAbsent(name, mine);
            if (first == null) {
                try {
                    return mine.load(source);
                } finally {
                    loadings.remove(name, mine);
                    mine.done.countDown();
                }
            }
            Optional<Kek> ready = first.await();
            if (ready.isPresent()) {
                return ready.get();
            }
        }
    }

    private Kek load(Source source) throws KeyModuleException {
        try {
            Kek loaded = source.get();
            kek = Optional.of(loaded);
            return loaded;
        } catch (KeyModuleException e) {
            failure = Optional.of(e);
            throw e;
        }
    }

    /** Empty if the first one's own time was over, or it failed unexpectedly: then another one has to try. */
    private Optional<Kek> await() throws KeyModuleException {
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyModuleException(Reason.TIMED_OUT, "no time was left to wait for the KEK", "", 0, e);
        }
        if (failure.isPresent() && failure.get().reason() != Reason.TIMED_OUT) {
            throw failure.get().again();
        }
        return kek;
    }
}
