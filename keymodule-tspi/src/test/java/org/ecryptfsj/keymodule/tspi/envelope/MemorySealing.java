package org.ecryptfsj.keymodule.tspi.envelope;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;

/** A device of this test: what it seals is the plaintext behind a byte for each key; beside the real one in EnvelopeModeTest. */
final class MemorySealing implements SealingKey {
    final AtomicInteger seals = new AtomicInteger();
    final AtomicInteger unseals = new AtomicInteger();
    final AtomicInteger checks = new AtomicInteger();
    final Semaphore answers = new Semaphore(Integer.MAX_VALUE / 2);
    volatile boolean trusted = true;
    volatile boolean silent;
    private final String name;

    MemorySealing(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public byte[] seal(Secret plain) throws KeyModuleException {
        seals.incrementAndGet();
        requireTrusted();
        byte[] sealed = new byte[plain.size() + 1];
        sealed[0] = (byte) name.charAt(0);
        plain.buffer().get(sealed, 1, plain.size());
        return sealed;
    }

    @Override
    public Secret unseal(byte[] sealed) throws KeyModuleException {
        unseals.incrementAndGet();
        try {
            answers.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyModuleException(Reason.TIMED_OUT, "interrupted", "");
        }
        requireTrusted();
        if (sealed[0] != (byte) name.charAt(0)) {
            throw new KeyModuleException(Reason.BAD_DATA, "another key's", "");
        }
        return Secret.takeBytes(java.util.Arrays.copyOfRange(sealed, 1, sealed.length));
    }

    @Override
    public boolean isStateTrusted(Duration limit) throws KeyModuleException {
        checks.incrementAndGet();
        if (silent) {
            throw new KeyModuleException(Reason.TIMED_OUT, "no answer", "");
        }
        return trusted;
    }

    private void requireTrusted() throws KeyModuleException {
        if (!trusted) {
            throw new KeyModuleException(Reason.WRONG_PCR_STATE, "not trusted", "");
        }
    }
}
