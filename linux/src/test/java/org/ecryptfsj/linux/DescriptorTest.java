package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorTest {
    @TempDir
    Path directory;

    @Test
    void aClosedDescriptorIsNotUsedEvenIfItsNumberIsReused() throws Exception {
        Path first = Files.writeString(directory.resolve("first"), "first");
        Path second = Files.writeString(directory.resolve("second"), "second");
        Descriptor closed = Descriptor.openReadWrite(first.toString());
        closed.close();

        try (Descriptor other = Descriptor.openReadWrite(second.toString())) {
            assertThat(other.number()).as("the kernel gives the lowest number").isEqualTo(closed.number());
            assertThatThrownBy(() -> closed.read(ByteBuffer.allocateDirect(8)))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("read " + first + ": EBADF");
            assertThatThrownBy(() -> closed.write(ByteBuffer.allocateDirect(8)))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("write " + first + ": EBADF");
            closed.close();
            assertThat(other.read(ByteBuffer.allocateDirect(8))).isEqualTo("second".length());
        }
        assertThat(second).hasContent("second");
    }
}
