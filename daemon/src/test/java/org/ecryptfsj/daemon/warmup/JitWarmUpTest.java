package org.ecryptfsj.daemon.warmup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JitWarmUpTest {
    @Test
    void allRoundsSucceed() throws Exception {
        JitWarmUp.run(3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyRequestSucceeds(boolean atOnce) throws Exception {
        try (JitWarmUp warmUp = new JitWarmUp(atOnce)) {
            warmUp.open();
            warmUp.create();
        }
    }

    @Test
    void eachRequestCallsTheModuleOnce() throws Exception {
        Counting module = new Counting(false);
        try (JitWarmUp warmUp = new JitWarmUp(module)) {
            warmUp.open();
            warmUp.open();
            warmUp.create();
        }

        assertThat(module.unwrapped).hasValue(2);
        assertThat(module.wrapped).hasValue(1);
    }

    @Test
    void aRefusedRequestIsAnError() throws Exception {
        try (JitWarmUp warmUp = new JitWarmUp(new Counting(true))) {
            assertThatThrownBy(warmUp::open)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("refused");
            assertThatThrownBy(warmUp::create)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("refused");
        }
    }

    /** A key module that counts its calls, and may refuse. */
    private static final class Counting implements KeyModule {
        private final boolean refuses;
        private final AtomicInteger wrapped = new AtomicInteger();
        private final AtomicInteger unwrapped = new AtomicInteger();

        Counting(boolean refuses) {
            this.refuses = refuses;
        }

        @Override
        public String alias() {
            return JitWarmUp.ALIAS;
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }

        @Override
        public TokenContents tokenContents(ParameterValues values) throws KeyModuleException {
            throw refusal();
        }

        @Override
        public byte[] wrap(KeyBlob blob, Secret payload) throws KeyModuleException {
            if (refuses) {
                throw refusal();
            }
            wrapped.incrementAndGet();
            return new byte[319];
        }

        @Override
        public Secret unwrap(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
            if (refuses) {
                throw refusal();
            }
            unwrapped.incrementAndGet();
            return Secret.allocate(19);
        }

        private static KeyModuleException refusal() {
            return new KeyModuleException(Reason.FAILED, "refused", "Ask another module.");
        }
    }
}
