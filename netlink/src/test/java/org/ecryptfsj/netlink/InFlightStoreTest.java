package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.SharedMemory;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.netlink.InFlightStore.Kept;
import org.ecryptfsj.netlink.InFlightStore.Suspicion;
import org.junit.jupiter.api.Test;

/** A channel that dies is one that is left open and never used again; its successor has descriptors of its own. */
class InFlightStoreTest {
    private static final int FIRST_SLOT = 2048;
    private static final int SLOT = 640;
    private static final int LANDING = 1024;

    private static Descriptor again(InFlightStore record) throws LinuxException {
        return Descriptor.openReadWrite("/proc/self/fd/" + record.descriptor().number());
    }

    private static InFlightStore successor(InFlightStore record) throws Exception {
        return InFlightStore.adopt(again(record));
    }

    private static void ask(SocketPair pair, int index, int counter, byte[] packet) throws LinuxException {
        byte[] frame = KernelSide.miscdevRequest(index, counter, packet);
        pair.there().write(ByteBuffer.allocateDirect(frame.length).put(frame).flip());
    }

    private static byte[] create(int value) {
        byte[] fek = new byte[16];
        java.util.Arrays.fill(fek, (byte) value);
        return KernelSide.tag66(KernelSide.payload(7, fek));
    }

    private static String contents(InFlightStore record) throws LinuxException {
        try (SharedMemory memory = SharedMemory.adopt(again(record), InFlightStore.SIZE)) {
            byte[] all = new byte[InFlightStore.SIZE];
            memory.bytes().get(all);
            return new String(all, StandardCharsets.ISO_8859_1);
        }
    }

    private static void poke(InFlightStore record, int offset, byte[] bytes) throws LinuxException {
        try (SharedMemory memory = SharedMemory.adopt(again(record), InFlightStore.SIZE)) {
            memory.bytes().put(offset, bytes);
        }
    }

    @Test
    void whatWasReadAndNotAnsweredTheSuccessorFinds() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore record = InFlightStore.create()) {
            MiscdevChannel dead = MiscdevChannel.adopt(pair.here(), Optional.of(record));
            ask(pair, 5, 41, create(9));
            ask(pair, 2, 42, KernelSide.tag64(new byte[256]));
            dead.receive().orElseThrow().close();
            dead.receive().orElseThrow().close();

            try (InFlightStore next = successor(record)) {
                List<Kept> left = next.unanswered();

                assertThat(left).extracting(kept -> kept.message().counter()).containsExactly(41, 42);
                assertThat(left).extracting(kept -> kept.message().index()).containsExactly(5, 2);
                assertThat(left).extracting(Kept::suspicion).containsOnly(Suspicion.NONE);
                assertThat(left.get(0).received()).isBetween(System.nanoTime() - 60_000_000_000L, System.nanoTime());
                assertThat(left.get(0).message().request()).isInstanceOf(Request.Tag66Request.class);
                assertThat(left.get(1).message().request()).isInstanceOf(Request.Tag64Request.class);
                left.forEach(kept -> kept.message().close());
            }
        }
    }

    @Test
    void anAnsweredRequestIsWipedFromIt() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore record = InFlightStore.create();
                MiscdevChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(record))) {
            ask(pair, 5, 41, create('x'));
            try (Message asked = channel.receive().orElseThrow()) {
                assertThat(contents(record)).contains("xxxxxxxxxxxxxxxx");

                channel.reply(asked, Reply.failureOf(asked.request()));

                assertThat(contents(record)).doesNotContain("xx").doesNotContain(KernelSide.SIGNATURE);
                assertThat(record.unanswered()).isEmpty();
            }
        }
    }

    @Test
    void aLateAnswerDoesNotWipeTheRequestThatHasTheIndexNow() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore record = InFlightStore.create();
                MiscdevChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(record))) {
            ask(pair, 5, 41, create('x'));
            ask(pair, 5, 42, create('y'));
            Message early = channel.receive().orElseThrow();
            channel.receive().orElseThrow().close();

            channel.reply(early, Reply.failureOf(early.request()));
            early.close();

            assertThat(contents(record)).doesNotContain("xx").contains("yyyyyyyyyyyyyyyy");
        }
    }

    @Test
    void aFrameThatLandedAndWasNotKeptYetIsFound() throws Exception {
        try (InFlightStore record = InFlightStore.create()) {
            poke(record, LANDING, KernelSide.miscdevRequest(7, 99, create(3)));

            try (InFlightStore next = successor(record)) {
                assertThat(next.unanswered()).singleElement().satisfies(kept -> {
                    assertThat(kept.message().index()).isEqualTo(7);
                    assertThat(kept.message().counter()).isEqualTo(99);
                    kept.message().close();
                });
            }
        }
    }

    @Test
    void closingWipesItAll() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore record = InFlightStore.create();
                Descriptor other = again(record)) {
            try (MiscdevChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(record))) {
                ask(pair, 5, 41, create('x'));
                channel.receive().orElseThrow().close();
            }
            try (SharedMemory memory = SharedMemory.adopt(other, InFlightStore.SIZE)) {
                byte[] all = new byte[InFlightStore.SIZE - LANDING];
                memory.bytes().get(LANDING, all);
                assertThat(all).containsOnly(0);
            }
        }
    }

    @Test
    void anIndexBeyondItsSlotsIsCountedAndNotKept() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore record = InFlightStore.create();
                MiscdevChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(record))) {
            ask(pair, InFlightStore.SLOTS, 41, create(1));
            ask(pair, -1, 42, create(1));
            channel.receive().orElseThrow().close();
            channel.receive().orElseThrow().close();

            assertThat(record.unkept()).isEqualTo(2);
            assertThat(record.unanswered()).isEmpty();
        }
    }

    @Test
    void aRequestIsSuspectedAfterTwoDeathsAndGuiltyAfterTwoMore() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore record = InFlightStore.create()) {
            MiscdevChannel dead = MiscdevChannel.adopt(pair.here(), Optional.of(record));
            ask(pair, 5, 41, create(1));
            dead.receive().orElseThrow().close();
            for (Suspicion expected : List.of(Suspicion.NONE, Suspicion.SUSPECT, Suspicion.SUSPECT, Suspicion.GUILTY)) {
                try (Message message = theOneLeft(record, expected)) {
                    record.trying(message);
                }
            }

            record.pardon();

            theOneLeft(record, Suspicion.NONE).close();
        }
    }

    private static Message theOneLeft(InFlightStore record, Suspicion expected) {
        List<Kept> left = record.unanswered();
        assertThat(left).extracting(Kept::suspicion).containsExactly(expected);
        return left.get(0).message();
    }

    @Test
    void anEmptyFileInMemoryBecomesOne() throws Exception {
        Path file = Files.createTempFile(Path.of("/dev/shm"), "ecryptfsj", "test");
        try (InFlightStore record = InFlightStore.adopt(Descriptor.openReadWrite(file.toString()))) {
            assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).startsWith("ecryptfsj-record 1\n\0");
            assertThat(record.starts()).isEqualTo(1);
            try (InFlightStore next = successor(record)) {
                assertThat(next.starts()).isEqualTo(2);
            }
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void anotherVersionIsRefusedUntouchedAndCanBeStartedOver() throws Exception {
        Path file = Files.createTempFile(Path.of("/dev/shm"), "ecryptfsj", "test");
        try {
            byte[] future = new byte[InFlightStore.SIZE];
            byte[] title = "ecryptfsj-record 2\n".getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(title, 0, future, 0, title.length);
            future[FIRST_SLOT] = 1;
            Files.write(file, future);
            Descriptor descriptor = Descriptor.openReadWrite(file.toString());

            assertThatThrownBy(() -> InFlightStore.adopt(descriptor))
                    .isInstanceOf(UnknownInFlightFormatException.class)
                    .hasMessageContaining("ecryptfsj-record 1");
            assertThat(Files.readAllBytes(file)).isEqualTo(future);

            try (InFlightStore record = InFlightStore.startOver(descriptor)) {
                assertThat(record.starts()).isEqualTo(1);
                assertThat(record.unanswered()).isEmpty();
            }
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void anotherSizeIsRefused() throws Exception {
        try (SharedMemory memory = SharedMemory.create("other", 4096)) {
            assertThatThrownBy(() -> InFlightStore.adopt(memory.descriptor()))
                    .isInstanceOf(UnknownInFlightFormatException.class)
                    .hasMessageContaining("4096 bytes");
            assertThatThrownBy(() -> InFlightStore.startOver(memory.descriptor()))
                    .isInstanceOf(LinuxException.class);
        }
    }

    @Property(tries = 300)
    void aSlotOfAnyBytesIsARequestOfThatSlotOrWiped(
            @ForAll @IntRange(min = 0, max = InFlightStore.SLOTS - 1) int slot,
            @ForAll @Size(max = 608) byte[] frame,
            @ForAll @IntRange(min = -5, max = 700) int length,
            @ForAll int tried,
            @ForAll int counter)
            throws Exception {
        try (InFlightStore record = InFlightStore.create()) {
            ByteBuffer bytes = ByteBuffer.allocate(32 + frame.length).order(ByteOrder.nativeOrder());
            bytes.putInt(1)
                    .putInt(tried)
                    .putLong(0)
                    .putInt(length)
                    .putInt(counter)
                    .position(32);
            poke(record, FIRST_SLOT + slot * SLOT, bytes.put(frame).array());

            assertKnowsOrWipes(record, slot);
        }
    }

    @Property(tries = 300)
    void aDamagedRequestIsARequestOfThatSlotOrWiped(
            @ForAll @IntRange(min = 0, max = InFlightStore.SLOTS - 1) int slot,
            @ForAll @IntRange(min = 0, max = 70) int where,
            @ForAll byte what)
            throws Exception {
        try (InFlightStore record = InFlightStore.create()) {
            byte[] frame = KernelSide.miscdevRequest(slot, 9, create(3));
            ByteBuffer bytes = ByteBuffer.allocate(32 + frame.length).order(ByteOrder.nativeOrder());
            bytes.putInt(1).putInt(0).putLong(0).putInt(frame.length).putInt(9).position(32);
            bytes.put(frame).put(where, what);
            poke(record, FIRST_SLOT + slot * SLOT, bytes.array());

            assertKnowsOrWipes(record, slot);
        }
    }

    private static void assertKnowsOrWipes(InFlightStore record, int slot) throws Exception {
        try (InFlightStore next = successor(record)) {
            List<Kept> left = next.unanswered();
            assertThat(left.size() + next.discarded()).isLessThanOrEqualTo(1);
            left.forEach(kept -> {
                assertThat(kept.message().index()).isEqualTo(slot);
                kept.message().close();
            });
            if (left.isEmpty()) {
                assertThat(contents(record).substring(FIRST_SLOT)).matches("\0*");
            }
        }
    }

    @Property(tries = 300)
    void whateverLandedIsARequestOrWiped(@ForAll @Size(min = 1, max = 1024) byte[] landed) throws Exception {
        landed[0] = 0x66;
        try (InFlightStore record = InFlightStore.create()) {
            poke(record, LANDING, landed);

            try (InFlightStore next = successor(record)) {
                assertThat(next.unanswered().size() + next.discarded() + (int) next.unkept())
                        .isEqualTo(1);
                next.unanswered().forEach(kept -> kept.message().close());
                assertThat(contents(next).substring(LANDING, FIRST_SLOT)).matches("\0*");
            }
        }
    }

    @Test
    void keepingAndWipingAllocateNothing() throws Exception {
        try (InFlightStore record = InFlightStore.create();
                Message message = new Message(3, 7, new Request.MalformedRequest((byte) 0x41, "a test"))) {
            com.sun.management.ThreadMXBean threads =
                    (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            keepAndWipe(record, message, 20_000);
            long before = threads.getCurrentThreadAllocatedBytes();

            keepAndWipe(record, message, 100_000);

            // What the measurement itself costs.
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
        }
    }

    private static void keepAndWipe(InFlightStore record, Message message, int times) {
        for (int i = 0; i < times; i++) {
            record.keep(message, 547);
            record.answered(message);
        }
    }

    @Test
    void aKeptFileKeyIsTheOneThatWasRead() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore record = InFlightStore.create()) {
            MiscdevChannel dead = MiscdevChannel.adopt(pair.here(), Optional.of(record));
            ask(pair, 0, 1, create(9));
            dead.receive().orElseThrow().close();

            try (InFlightStore next = successor(record);
                    Message message = next.unanswered().get(0).message()) {
                Secret payload = ((Request.Tag66Request) message.request()).payload();
                byte[] expected = new byte[19];
                java.util.Arrays.fill(expected, 1, 17, (byte) 9);
                expected[0] = 7;
                expected[18] = (byte) 144;
                assertThat(payload.buffer()).isEqualTo(ByteBuffer.wrap(expected));
            }
        }
    }
}
