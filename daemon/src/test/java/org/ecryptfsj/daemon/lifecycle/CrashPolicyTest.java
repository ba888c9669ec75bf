package org.ecryptfsj.daemon.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import org.ecryptfsj.daemon.lifecycle.CrashPolicy.Treatment;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.Message;
import org.ecryptfsj.netlink.Request;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrashPolicyTest {
    @ParameterizedTest
    @CsvSource({"0, NORMAL", "1, SUSPECT", "2, SUSPECT", "3, POISON", "4, POISON"})
    void aRequestIsSuspectAfterTwoCrashesAndPoisonAfterTwoMore(int attempts, Treatment expected) {
        Message message = new Message(0, 1, new Request.MalformedRequest((byte) 0x41, "made by the test"));

        assertThat(CrashPolicy.of(new InFlightStore.Entry(message, 0, attempts)))
                .isEqualTo(expected);
    }
}
