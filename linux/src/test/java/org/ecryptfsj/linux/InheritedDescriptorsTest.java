package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import jnr.constants.platform.Errno;
import org.junit.jupiter.api.Test;

/** Real descriptors 3 and up belong to the JVM here, so none is ever taken for a handed one. */
class InheritedDescriptorsTest {
    private static final long PID = 4711;

    private static Map<String, String> environment(String pid, String count) {
        return Map.of("LISTEN_PID", pid, "LISTEN_FDS", count, "LISTEN_FDNAMES", "channel:record");
    }

    @Test
    void withoutTheVariablesThereAreNone() throws LinuxException {
        try (InheritedDescriptors inherited = InheritedDescriptors.of(Map.of(), PID)) {
            assertThat(inherited.take("channel")).isEmpty();
        }
    }

    @Test
    void descriptorsForAnotherProcessAreNotTouched() throws LinuxException {
        try (InheritedDescriptors inherited = InheritedDescriptors.of(environment("4712", "2"), PID)) {
            assertThat(inherited.take("channel")).isEmpty();
        }
    }

    @Test
    void nothingInheritedMeansNoDescriptors() throws LinuxException {
        try (InheritedDescriptors inherited = InheritedDescriptors.of(environment("4711", "0"), PID)) {
            assertThat(inherited.take("channel")).isEmpty();
        }
    }

    @Test
    void anInvalidCountIsRefused() {
        for (String count : new String[] {"", "-1", "two", "1025", "99999999999"}) {
            assertThatThrownBy(() -> InheritedDescriptors.of(environment("4711", count), PID))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        }
    }
}
