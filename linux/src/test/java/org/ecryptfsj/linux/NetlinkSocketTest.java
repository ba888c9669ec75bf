package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class NetlinkSocketTest {
    @Test
    void aDatagramIsReceivedWithItsSizeAndSender() throws Exception {
        try (NetlinkSocket here = NetlinkSocket.open(NetlinkSocket.USERSOCK, 0);
                NetlinkSocket there = NetlinkSocket.open(NetlinkSocket.USERSOCK, 0)) {
            ByteBuffer sent = ByteBuffer.allocateDirect(4).putInt(0x01020304).flip();
            there.send(sent, here.port());
            ByteBuffer into = ByteBuffer.allocateDirect(64);

            assertThat(here.peekSize()).isEqualTo(4);
            NetlinkSocket.Received received = here.receive(into);

            assertThat(received.size()).isEqualTo(4);
            assertThat(received.sender()).isEqualTo(there.port());
            assertThat(into.getInt(0)).isEqualTo(0x01020304);
        }
    }

    @Test
    void twoSocketsOfOneProcessHaveDifferentPorts() throws Exception {
        try (NetlinkSocket one = NetlinkSocket.open(NetlinkSocket.USERSOCK, 0);
                NetlinkSocket other = NetlinkSocket.open(NetlinkSocket.USERSOCK, 0)) {
            assertThat(one.port()).isNotEqualTo(other.port());
        }
    }

    @Test
    void aProtocolTheKernelLacksIsAnError() {
        assertThatThrownBy(() -> NetlinkSocket.open(31, 0)).isInstanceOf(LinuxException.class);
    }
}
