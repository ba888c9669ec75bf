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

/**
 * One request on its way: the first of module, deadline and shutdown to come replies, the others find it answered. Its
 * secrets are wiped by whoever ends its work, never under a module's hands.
 */
final class PendingRequest implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(PendingRequest.class);

    private enum Work {
        WAITING,
        RUNNING,
        DONE
    }

    private final KernelChannel channel;
    private final Message message;
    private final Journal journal;
    private final Set<PendingRequest> pending;
    private final long received = System.nanoTime();

    private AuthTok.PrivateKey token;
    private KeyModule module;
    private Future<?> deadline;
    private boolean answered;
    private Work work = Work.WAITING;
    private Thread worker;

    PendingRequest(KernelChannel channel, Message message, Journal journal, Set<PendingRequest> pending) {
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

    @Override
    public void run() {
        if (!begin()) {
            discard();
            return;
        }
        try {
            if (asked() instanceof Request.Tag64Request unwrap) {
                unwrap(unwrap);
            } else if (asked() instanceof Request.Tag66Request wrap) {
                wrap(wrap);
            }
        } catch (KeyModuleException e) {
            fail(Journal.Outcome.FAILED, sentence(e));
            LOG.debug("{}: {}", this, e.reason(), e);
        } catch (RuntimeException | Error e) {
            failUnexpectedly(e);
            if (e instanceof VirtualMachineError) {
                throw e;
            }
        } finally {
            discard();
        }
    }

    private void unwrap(Request.Tag64Request request) throws KeyModuleException {
        try (Secret payload = module.unwrap(token.blob(), request.encryptedKey().bytes())) {
            succeed(new Reply.Tag65Reply(payload));
        }
    }

    private void wrap(Request.Tag66Request request) throws KeyModuleException {
        succeed(new Reply.Tag67Reply(EncryptedKey.of(module.wrap(token.blob(), request.payload()))));
    }

    private synchronized boolean begin() {
        if (work != Work.WAITING || answered) {
            return false;
        }
        work = Work.RUNNING;
        worker = Thread.currentThread();
        return true;
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
            LOG.warn("{}: {}", this, why);
        }
    }

    /** Replies with a failure packet for something nobody foresaw, and says where it happened. */
    void failUnexpectedly(Throwable defect) {
        fail(Journal.Outcome.FAILED, "unexpected " + defect);
        LOG.error("{}: unexpected", this, defect);
    }

    /** Time is over: replies with a failure packet and tells a module at work to give up. */
    void expire(String why) {
        fail(Journal.Outcome.TIMED_OUT, why);
        synchronized (this) {
            if (work == Work.RUNNING) {
                worker.interrupt();
            }
        }
    }

    /** Wipes the request's secrets; nobody works on it any more. */
    synchronized void discard() {
        if (work == Work.RUNNING && Thread.currentThread() != worker) {
            return;
        }
        if (work == Work.RUNNING) {
            // An expiry may have interrupted us after the module returned: that was meant for this request only.
            Thread.interrupted();
        }
        work = Work.DONE;
        message.close();
        if (token != null) {
            token.close();
        }
    }

    private synchronized boolean claim() {
        if (answered) {
            return false;
        }
        answered = true;
        pending.remove(this);
        if (deadline != null) {
            deadline.cancel(false);
        }
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
