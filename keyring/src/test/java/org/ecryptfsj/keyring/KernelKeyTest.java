package org.ecryptfsj.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import jnr.constants.platform.Errno;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.Keyctl;
import org.ecryptfsj.linux.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against the real user keyring. */
class KernelKeyTest {
    private static final Signature SIGNATURE = new Signature("5eed5eed5eed5eed");
    private static final Signature OTHER = new Signature("0123456789abcdef");
    private static final String MASTER =
            "ecryptfsj-kernel-key-test-" + ProcessHandle.current().pid();

    private int master;
    private int key;

    @BeforeEach
    void add() throws Exception {
        master = Keyctl.add("user", MASTER, direct("0123456789abcdef0123456789abcdef"), Keyctl.USER_KEYRING);
        key = 0;
        try {
            key = Keyctl.add(
                    "encrypted", SIGNATURE.hex(), direct("new ecryptfs user:" + MASTER + " 64"), Keyctl.USER_KEYRING);
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENODEV) {
                abort("this kernel has no keys of type encrypted");
            }
            throw e;
        }
    }

    @AfterEach
    void remove() throws Exception {
        for (int added : List.of(master, key)) {
            if (added != 0) {
                Keyctl.unlink(added, Keyctl.USER_KEYRING);
            }
        }
    }

    @Test
    void itIsUsableUntilItIsRevoked() throws Exception {
        KernelKey kernelKey = new KernelKey(key, SIGNATURE);

        assertThat(kernelKey.state()).isEqualTo(KernelKey.State.USABLE);
        kernelKey.revoke();
        assertThat(kernelKey.state()).isEqualTo(KernelKey.State.REVOKED);
    }

    @Test
    void aNumberThatNoKeyOrAnotherKeyHasIsThatOfAGoneKey() throws Exception {
        assertThat(new KernelKey(0x7FFFFFFE, SIGNATURE).state()).isEqualTo(KernelKey.State.GONE);
        assertThat(new KernelKey(key, OTHER).state()).isEqualTo(KernelKey.State.GONE);
        assertThat(new KernelKey(master, SIGNATURE).state()).isEqualTo(KernelKey.State.GONE);
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
