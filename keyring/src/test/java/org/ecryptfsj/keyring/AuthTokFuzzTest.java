package org.ecryptfsj.keyring;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Any payload in the keyring is parsed as a token, or refused with the parser's exception. */
class AuthTokFuzzTest {
    @FuzzTest
    void payloads(byte[] bytes) throws MalformedAuthTokException {
        AuthTok read;
        try {
            read = AuthTokLayout.decode(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()));
        } catch (MalformedAuthTokException e) {
            assertThat(e).hasMessageContaining("not an authentication token");
            return;
        }
        try (read;
                AuthTok again = AuthTokLayout.decode(encoded(read))) {
            assertThat(again.signature()).isEqualTo(read.signature());
            if (read instanceof AuthTok.Password password) {
                AuthTok.Password other = (AuthTok.Password) again;
                assertThat(other.salt()).isEqualTo(password.salt());
                assertThat(other.fekek().sameBytesAs(password.fekek())).isTrue();
            } else {
                AuthTok.PrivateKey key = (AuthTok.PrivateKey) read;
                AuthTok.PrivateKey other = (AuthTok.PrivateKey) again;
                assertThat(other.alias()).isEqualTo(key.alias());
                assertThat(other.blob().sameBytesAs(key.blob())).isTrue();
            }
        }
    }

    private static ByteBuffer encoded(AuthTok tok) {
        ByteBuffer payload = ByteBuffer.allocate(AuthTokLayout.bytes(tok)).order(ByteOrder.nativeOrder());
        AuthTokLayout.encode(tok, payload);
        return payload;
    }
}
