package org.ecryptfsj.daemon;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.EncryptedKey;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.Message;
import org.ecryptfsj.netlink.Reply;
import org.ecryptfsj.netlink.Request;
import org.ecryptfsj.netlink.StaleReplyException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One request on its way: the first of module, limit and shutdown to come replies, the others find it answered. Its
 * secrets are wiped by whoever ends its work, never under a module's hands.
 */
final class PendingRequest implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(PendingRequest.class);

    private enum Progress {
        WAITING,
        RUNNING,
        DONE
    }

    /** Wants to know how the module does with a request. */
    interface Observer {
        /** The module has done the work, be there somebody who waits for it or not. */
        void completed();

        /** The module has not done the work, while somebody waited for it. */
        void refused(KeyModuleException failure);

        /** The request waits no more: there was a reply. */
        void ended();
    }

    private final KernelChannel channel;
    private final Message message;
    private final Journal journal;
    private final Set<PendingRequest> pending;
    private final long received;
    private final Runnable afterwards;

    private AuthTok.PrivateKey token;
    private KeyModule module;
    private Future<?> deadline;
    private Optional<Observer> observer = Optional.empty();
    private boolean answered;
    private Progress progress = Progress.WAITING;
    private Thread worker;

    /**
     * @param received when it was read, by System.nanoTime
     * @param afterwards what is done once there was a reply
     */
    PendingRequest(
            KernelChannel channel,
            Message message,
            Journal journal,
            Set<PendingRequest> pending,
            long received,
            Runnable afterwards) {
        this.received = received;
        this.afterwards = afterwards;
        this.channel = channel;
        this.message = message;
        this.journal = journal;
        this.pending = pending;
        pending.add(this);
        journal.received();
    }

    Request asked() {
        return message.request();
    }

    /** The key asked for; empty if the request was malformed. */
    Optional<Signature> signature() {
        if (asked() instanceof Request.Tag64Request unwrap) {
            return Optional.of(unwrap.signature());
        }
        return asked() instanceof Request.Tag66Request wrap ? Optional.of(wrap.signature()) : Optional.empty();
    }

    long nanosLeft(long limit) {
        return limit - (System.nanoTime() - received);
    }

    /** Who will do the work; the token is closed with this request. */
    synchronized void setOut(AuthTok.PrivateKey key, KeyModule by) {
        token = key;
        module = by;
    }

    /** What is to be cancelled once this is answered. */
    synchronized void expireWith(Future<?> timer) {
        deadline = timer;
        if (answered) {
            timer.cancel(false);
        }
    }

    /** Who is told what becomes of it from now on; at once if there was a reply already. */
    void observeWith(Observer wanted) {
        boolean over;
        synchronized (this) {
            observer = Optional.of(wanted);
            over = answered;
        }
        if (over) {
            wanted.ended();
        }
    }

    /** Some of the work; false if it could not be done. */
    @FunctionalInterface
    private interface Work {
        boolean done() throws KeyModuleException;
    }

    @Override
    public void run() {
        if (!begin()) {
            discard();
            return;
        }
        conclude(this::work);
    }

    /** Does the work if the module has at hand what it takes; false if somebody has to wait for the module. */
    boolean finishAtOnce() {
        if (!begin()) {
            discard();
            return true;
        }
        if (conclude(this::workAtOnce)) {
            return true;
        }
        postpone();
        return false;
    }

    private boolean conclude(Work work) {
        boolean done = true;
        try {
            done = work.done();
        } catch (KeyModuleException e) {
            fail(Journal.Outcome.FAILED, sentence(e));
            LOG.debug("{}: {}", this, e.reason(), e);
        } catch (RuntimeException | Error e) {
            failUnexpectedly(e);
            if (e instanceof VirtualMachineError) {
                throw e;
            }
        } finally {
            if (done) {
                discard();
            }
        }
        return done;
    }

    private boolean work() throws KeyModuleException {
        try {
            if (asked() instanceof Request.Tag64Request unwrap) {
                Secret payload =
                        module.unwrap(token.blob(), unwrap.encryptedKey().bytes());
                observer().ifPresent(Observer::completed);
                unwrapped(payload);
            } else if (asked() instanceof Request.Tag66Request wrap) {
                byte[] encrypted = module.wrap(token.blob(), wrap.payload());
                observer().ifPresent(Observer::completed);
                wrapped(encrypted);
            }
            return true;
        } catch (KeyModuleException e) {
            // One that was told to give up says nothing about the module by giving up.
            if (!isAnswered()) {
                observer().ifPresent(one -> one.refused(e));
            }
            throw e;
        }
    }

    private synchronized Optional<Observer> observer() {
        return observer;
    }

    private synchronized boolean isAnswered() {
        return answered;
    }

    private boolean workAtOnce() throws KeyModuleException {
        if (asked() instanceof Request.Tag64Request unwrap) {
            Optional<Secret> payload =
                    module.unwrapAtOnce(token.blob(), unwrap.encryptedKey().bytes());
            payload.ifPresent(this::unwrapped);
            return payload.isPresent();
        }
        if (asked() instanceof Request.Tag66Request wrap) {
            Optional<byte[]> encrypted = module.wrapAtOnce(token.blob(), wrap.payload());
            encrypted.ifPresent(this::wrapped);
            return encrypted.isPresent();
        }
        return false;
    }

    private void unwrapped(Secret payload) {
        try (payload) {
            succeed(new Reply.Tag65Reply(payload));
        }
    }

    private void wrapped(byte[] encrypted) {
        succeed(new Reply.Tag67Reply(EncryptedKey.of(encrypted)));
    }

    private synchronized boolean begin() {
        if (progress != Progress.WAITING || answered) {
            return false;
        }
        progress = Progress.RUNNING;
        worker = Thread.currentThread();
        return true;
    }

    private synchronized void postpone() {
        progress = Progress.WAITING;
        worker = null;
    }

    private void succeed(Reply reply) {
        long took = System.nanoTime() - received;
        if (claim()) {
            // Counted first, so that whoever has the answer finds it in the status.
            journal.answered(this, took);
            send(reply);
            LOG.debug("{}: answered in {} us", this, took / 1000);
        }
    }

    /** Replies with a failure packet, unless there was a reply already. */
    void fail(Journal.Outcome outcome, String why) {
        if (claim()) {
            journal.failed(this, outcome);
            send(Reply.failureOf(asked()));
            // Of a module that is stalled one line tells, and not one for each file.
            LOG.atLevel(outcome == Journal.Outcome.STALLED ? Level.DEBUG : Level.WARN)
                    .log("{}: {}", this, why);
        }
    }

    /** Replies with a failure packet for something nobody foresaw, and says where it happened. */
    void failUnexpectedly(Throwable defect) {
        fail(Journal.Outcome.FAILED, "unexpected " + defect);
        LOG.error("{}: unexpected", this, defect);
    }

    /** Time is over: replies with a failure packet and tells a module at work to give up. */
    void expire(Journal.Outcome outcome, String why) {
        fail(outcome, why);
        synchronized (this) {
            if (progress == Progress.RUNNING) {
                worker.interrupt();
            }
        }
    }

    /** Wipes the request's secrets; nobody works on it any more. */
    synchronized void discard() {
        if (progress == Progress.RUNNING && Thread.currentThread() != worker) {
            return;
        }
        if (progress == Progress.RUNNING) {
            // An expiry may have interrupted us after the module returned: that was meant for this request only.
            Thread.interrupted();
        }
        progress = Progress.DONE;
        message.close();
        if (token != null) {
            token.close();
        }
    }

    private boolean claim() {
        Optional<Observer> informed;
        synchronized (this) {
            if (answered) {
                return false;
            }
            answered = true;
            pending.remove(this);
            if (deadline != null) {
                deadline.cancel(false);
            }
            informed = observer;
        }
        informed.ifPresent(Observer::ended);
        return true;
    }

    private void send(Reply reply) {
        try {
            channel.reply(message, reply);
        } catch (StaleReplyException e) {
            journal.late();
            LOG.info("{}: the kernel no longer waits for the answer", this);
        } catch (LinuxException e) {
            journal.late();
            LOG.error("{}: the answer could not be sent: {}", this, e.getMessage());
        } finally {
            afterwards.run();
        }
    }

    private static String sentence(KeyModuleException e) {
        return e.advice().isEmpty() ? e.getMessage() : e.getMessage() + ". " + e.advice();
    }

    /** The request's id, as it stands on each of its log lines. */
    @Override
    public String toString() {
        String what = asked() instanceof Request.Tag64Request
                ? "open"
                : asked() instanceof Request.Tag66Request ? "create" : "?";
        return "request " + Integer.toUnsignedString(message.counter()) + " (" + what
                + signature().map(s -> ", key " + s).orElse("") + ")";
    }
}
