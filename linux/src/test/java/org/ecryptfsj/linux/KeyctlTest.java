package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import jnr.constants.platform.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against the real user keyring. */
class KeyctlTest {
    private static final String TYPE = "user";
    private static final String DESCRIPTION =
            "ecryptfsj-keyctl-test-" + ProcessHandle.current().pid();

    @AfterEach
    void removeTheKey() throws Exception {
        var key = Keyctl.search(Keyctl.USER_KEYRING, TYPE, DESCRIPTION);
        if (key.isPresent()) {
            Keyctl.unlink(key.getAsInt(), Keyctl.USER_KEYRING);
        }
    }

    @Test
    void aKeyAddedIsFoundAndReadBack() throws Exception {
        int key = Keyctl.add(TYPE, DESCRIPTION, direct("payload"), Keyctl.USER_KEYRING);
        ByteBuffer into = ByteBuffer.allocateDirect(64);

        assertThat(Keyctl.search(Keyctl.USER_KEYRING, TYPE, DESCRIPTION)).hasValue(key);
        assertThat(Keyctl.read(key, into)).isEqualTo(7);
        assertThat(StandardCharsets.US_ASCII.decode(into.slice(0, 7)).toString())
                .isEqualTo("payload");
    }

    @Test
    void aKeyIsDescribedUntilItIsRevoked() throws Exception {
        int key = Keyctl.add(TYPE, DESCRIPTION, direct("payload"), Keyctl.USER_KEYRING);

        assertThat(Keyctl.describe(key)).startsWith(TYPE + ";").endsWith(";" + DESCRIPTION);
        Keyctl.revoke(key);
        assertThatThrownBy(() -> Keyctl.describe(key))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EKEYREVOKED));
        Keyctl.unlink(key, Keyctl.USER_KEYRING);
        assertThatThrownBy(() -> Keyctl.describe(0x7FFFFFFE)).isInstanceOf(LinuxException.class);
    }

    @Test
    void aKeyUnlinkedIsNotFound() throws Exception {
        int key = Keyctl.add(TYPE, DESCRIPTION, direct("payload"), Keyctl.USER_KEYRING);

        Keyctl.unlink(key, Keyctl.USER_KEYRING);

        assertThat(Keyctl.search(Keyctl.USER_KEYRING, TYPE, DESCRIPTION)).isEmpty();
    }

    @Test
    void searchingForAMissingKeyIsNoErrorButUnlinkingItIs() throws Exception {
        assertThat(Keyctl.search(Keyctl.USER_KEYRING, TYPE, DESCRIPTION)).isEmpty();
        assertThatThrownBy(() -> Keyctl.unlink(0x7FFFFFFE, Keyctl.USER_KEYRING))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isIn(Errno.ENOKEY, Errno.ENOENT));
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
