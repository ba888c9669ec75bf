package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
import org.ecryptfsj.netlink.InFlightStore.Entry;
import org.junit.jupiter.api.Test;

/** A crashed process is a channel that stays open and is not used reopened; the next process has descriptors of its own. */
class InFlightStoreTest {
    private static final int FIRST_SLOT = 2048;
    private static final int SLOT = 640;
    private static final int READ_BUFFER = 1024;
    private static final int LARGEST_FRAME = SLOT - 32;

    private static Descriptor reopened(InFlightStore store) throws LinuxException {
        return Descriptor.openReadWrite("/proc/self/fd/" + store.descriptor().number());
    }

    private static InFlightStore nextProcess(InFlightStore store) throws Exception {
        return InFlightStore.adopt(reopened(store));
    }

    private static void ask(SocketPair pair, int index, int counter, byte[] packet) throws LinuxException {
        byte[] frame = KernelFrames.miscdevRequest(index, counter, packet);
        pair.there().write(ByteBuffer.allocateDirect(frame.length).put(frame).flip());
    }

    private static byte[] create(int value) {
        byte[] fek = new byte[16];
        java.util.Arrays.fill(fek, (byte) value);
        return TestFrames.tag66(KernelFrames.payload(7, fek));
    }

    private static String contents(InFlightStore store) throws LinuxException {
        try (SharedMemory memory = SharedMemory.adopt(reopened(store), InFlightStore.SIZE)) {
            byte[] all = new byte[InFlightStore.SIZE];
            memory.bytes().get(all);
            return new String(all, StandardCharsets.ISO_8859_1);
        }
    }

    private static void overwrite(InFlightStore store, int offset, byte[] bytes) throws LinuxException {
        try (SharedMemory memory = SharedMemory.adopt(reopened(store), InFlightStore.SIZE)) {
            memory.bytes().put(offset, bytes);
        }
    }

    @Test
    void theNextProcessFindsUnansweredRequests() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create()) {
            MiscdevChannel dead = MiscdevChannel.adopt(pair.here(), Optional.of(store));
            ask(pair, 5, 41, create(9));
            ask(pair, 2, 42, TestFrames.tag64(new byte[256]));
            dead.receive().orElseThrow().close();
            dead.receive().orElseThrow().close();

            try (InFlightStore next = nextProcess(store)) {
                List<Entry> left = next.unanswered();

                assertThat(left).extracting(kept -> kept.message().counter()).containsExactly(41, 42);
                assertThat(left).extracting(kept -> kept.message().index()).containsExactly(5, 2);
                assertThat(left).extracting(Entry::attempts).containsOnly(0);
                assertThat(left.get(0).received()).isBetween(System.nanoTime() - 60_000_000_000L, System.nanoTime());
                assertThat(left.get(0).message().request()).isInstanceOf(Request.Tag66Request.class);
                assertThat(left.get(1).message().request()).isInstanceOf(Request.Tag64Request.class);
                left.forEach(kept -> kept.message().close());
            }
        }
    }

    @Test
    void anAnsweredRequestIsWiped() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create();
                MiscdevChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(store))) {
            ask(pair, 5, 41, create('x'));
            try (Message asked = channel.receive().orElseThrow()) {
                assertThat(contents(store)).contains("xxxxxxxxxxxxxxxx");

                channel.reply(asked, Reply.failureOf(asked.request()));

                assertThat(contents(store)).doesNotContain("xx").doesNotContain(TestFrames.SIGNATURE.hex());
                assertThat(store.unanswered()).isEmpty();
            }
        }
    }

    @Test
    void aLateReplyDoesNotWipeANewRequestOfTheSameIndex() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create();
                MiscdevChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(store))) {
            ask(pair, 5, 41, create('x'));
            ask(pair, 5, 42, create('y'));
            Message early = channel.receive().orElseThrow();
            channel.receive().orElseThrow().close();

            channel.reply(early, Reply.failureOf(early.request()));
            early.close();

            assertThat(contents(store)).doesNotContain("xx").contains("yyyyyyyyyyyyyyyy");
        }
    }

    @Test
    void aFrameInTheReadBufferIsRecovered() throws Exception {
        try (InFlightStore store = InFlightStore.create()) {
            overwrite(store, READ_BUFFER, KernelFrames.miscdevRequest(7, 99, create(3)));

            try (InFlightStore next = nextProcess(store)) {
                assertThat(next.unanswered()).singleElement().satisfies(kept -> {
                    assertThat(kept.message().index()).isEqualTo(7);
                    assertThat(kept.message().counter()).isEqualTo(99);
                    kept.message().close();
                });
            }
        }
    }

    @Test
    void closingWipesAllRequests() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create();
                Descriptor other = reopened(store)) {
            try (MiscdevChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(store))) {
                ask(pair, 5, 41, create('x'));
                channel.receive().orElseThrow().close();
            }
            try (SharedMemory memory = SharedMemory.adopt(other, InFlightStore.SIZE)) {
                byte[] all = new byte[InFlightStore.SIZE - READ_BUFFER];
                memory.bytes().get(READ_BUFFER, all);
                assertThat(all).containsOnly(0);
            }
        }
    }

    @Test
    void aRequestWithoutASlotIsCountedAndNotKept() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create();
                MiscdevChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(store))) {
            ask(pair, InFlightStore.SLOTS, 41, create(1));
            ask(pair, -1, 42, create(1));
            channel.receive().orElseThrow().close();
            channel.receive().orElseThrow().close();

            assertThat(store.notKept()).isEqualTo(2);
            assertThat(store.unanswered()).isEmpty();
        }
    }

    @Test
    void attemptsAreCountedUntilTheyAreReset() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create()) {
            MiscdevChannel dead = MiscdevChannel.adopt(pair.here(), Optional.of(store));
            ask(pair, 5, 41, create(1));
            dead.receive().orElseThrow().close();
            for (int attempts = 0; attempts < 4; attempts++) {
                Entry entry = onlyEntry(store);
                assertThat(entry.attempts()).isEqualTo(attempts);
                store.recordAttempt(entry.message());
                entry.message().close();
            }

            store.resetAttempts();

            Entry entry = onlyEntry(store);
            assertThat(entry.attempts()).isZero();
            entry.message().close();
        }
    }

    private static Entry onlyEntry(InFlightStore store) {
        List<Entry> all = store.unanswered();
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    @Test
    void anEmptyFileBecomesAStore() throws Exception {
        Path file = Files.createTempFile(Path.of("/dev/shm"), "ecryptfsj", "test");
        try (InFlightStore store = InFlightStore.adopt(Descriptor.openReadWrite(file.toString()))) {
            assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).startsWith("ecryptfsj-record 1\n\0");
            assertThat(store.starts()).isEqualTo(1);
            try (InFlightStore next = nextProcess(store)) {
                assertThat(next.starts()).isEqualTo(2);
            }
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void anotherVersionIsRefusedUnchangedAndCanBeStartedOver() throws Exception {
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

            try (InFlightStore store = InFlightStore.startOver(descriptor)) {
                assertThat(store.starts()).isEqualTo(1);
                assertThat(store.unanswered()).isEmpty();
            }
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void aFileOfAnotherSizeIsRefused() throws Exception {
        try (SharedMemory memory = SharedMemory.create("other", 4096)) {
            assertThatThrownBy(() -> InFlightStore.adopt(memory.descriptor()))
                    .isInstanceOf(UnknownInFlightFormatException.class)
                    .hasMessageContaining("size is 4096 bytes");
            assertThatThrownBy(() -> InFlightStore.startOver(memory.descriptor()))
                    .isInstanceOf(LinuxException.class);
        }
    }

    @Property(tries = 300)
    void aSlotOfAnyBytesHoldsARequestOfThatSlotOrIsWiped(
            @ForAll @IntRange(min = 0, max = InFlightStore.SLOTS - 1) int slot,
            @ForAll @Size(max = 608) byte[] frame,
            @ForAll @IntRange(min = -5, max = 700) int length,
            @ForAll int attempts,
            @ForAll int counter)
            throws Exception {
        try (InFlightStore store = InFlightStore.create()) {
            ByteBuffer bytes = ByteBuffer.allocate(32 + frame.length).order(ByteOrder.nativeOrder());
            bytes.putInt(1)
                    .putInt(attempts)
                    .putLong(0)
                    .putInt(length)
                    .putInt(counter)
                    .position(32);
            overwrite(store, FIRST_SLOT + slot * SLOT, bytes.put(frame).array());

            assertValidOrWiped(store, slot);
        }
    }

    @Property(tries = 300)
    void aDamagedSlotHoldsARequestOfThatSlotOrIsWiped(
            @ForAll @IntRange(min = 0, max = InFlightStore.SLOTS - 1) int slot,
            @ForAll @IntRange(min = 0, max = 70) int where,
            @ForAll byte what)
            throws Exception {
        try (InFlightStore store = InFlightStore.create()) {
            byte[] frame = KernelFrames.miscdevRequest(slot, 9, create(3));
            ByteBuffer bytes = ByteBuffer.allocate(32 + frame.length).order(ByteOrder.nativeOrder());
            bytes.putInt(1).putInt(0).putLong(0).putInt(frame.length).putInt(9).position(32);
            bytes.put(frame).put(where, what);
            overwrite(store, FIRST_SLOT + slot * SLOT, bytes.array());

            assertValidOrWiped(store, slot);
        }
    }

    private static void assertValidOrWiped(InFlightStore store, int slot) throws Exception {
        try (InFlightStore next = nextProcess(store)) {
            List<Entry> left = next.unanswered();
            assertThat(left.size() + next.discarded()).isLessThanOrEqualTo(1);
            left.forEach(kept -> {
                assertThat(kept.message().index()).isEqualTo(slot);
                kept.message().close();
            });
            if (left.isEmpty()) {
                assertThat(contents(store).substring(FIRST_SLOT)).matches("\0*");
            }
        }
    }

    @Property(tries = 300)
    void aReadBufferOfAnyBytesHoldsARequestOrIsWiped(@ForAll @Size(min = 1, max = 1024) byte[] landed)
            throws Exception {
        landed[0] = 0x66;
        try (InFlightStore store = InFlightStore.create()) {
            overwrite(store, READ_BUFFER, landed);

            try (InFlightStore next = nextProcess(store)) {
                assertThat(next.unanswered().size() + next.discarded() + (int) next.notKept())
                        .isEqualTo(1);
                next.unanswered().forEach(kept -> kept.message().close());
                assertThat(contents(next).substring(READ_BUFFER, FIRST_SLOT)).matches("\0*");
            }
        }
    }

    @Test
    void aRequestOfTheLargestSizeIsKept() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create()) {
            MiscdevChannel dead = MiscdevChannel.adopt(pair.here(), Optional.of(store));
            ask(pair, 5, 41, new byte[LARGEST_FRAME - 15]);
            dead.receive().orElseThrow().close();

            try (InFlightStore next = nextProcess(store)) {
                assertThat(onlyEntry(next).message().counter()).isEqualTo(41);
                assertThat(next.discarded()).isZero();
            }
        }
    }

    @Test
    void aRequestLargerThanItsSlotIsCountedAndNotKept() throws Exception {
        try (InFlightStore store = InFlightStore.create();
                Message message = malformed(5)) {
            store.keep(message, LARGEST_FRAME + 1);

            assertThat(store.notKept()).isEqualTo(1);
            assertThat(contents(store).substring(FIRST_SLOT)).matches("\0*");
        }
    }

    @Test
    void keepingARequestChangesNoOtherSlot() throws Exception {
        try (InFlightStore store = InFlightStore.create();
                Message first = malformed(4);
                Message second = malformed(5)) {
            store.readBuffer().put(0, "x".repeat(LARGEST_FRAME).getBytes(StandardCharsets.US_ASCII));
            store.keep(first, LARGEST_FRAME);
            store.keep(second, 100);

            int slot = FIRST_SLOT + 4 * SLOT;
            assertThat(contents(store).substring(slot + 32, slot + SLOT)).isEqualTo("x".repeat(LARGEST_FRAME));
        }
    }

    @Test
    void aShorterRequestOfTheSameIndexLeavesNothingOfTheLongerOne() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create();
                MiscdevChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(store))) {
            ask(
                    pair,
                    5,
                    41,
                    TestFrames.tag66(KernelFrames.payload(7, "x".repeat(32).getBytes(StandardCharsets.US_ASCII))));
            ask(pair, 5, 42, create('y'));
            channel.receive().orElseThrow().close();
            channel.receive().orElseThrow().close();

            assertThat(contents(store)).doesNotContain("xx").contains("yyyyyyyyyyyyyyyy");
        }
    }

    /** A daemon that is killed between keeping a request and wiping the read buffer leaves it in both. */
    @Test
    void aRequestInItsSlotAndInTheReadBufferIsOneRequest() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create()) {
            MiscdevChannel dead = MiscdevChannel.adopt(pair.here(), Optional.of(store));
            ask(pair, 5, 41, create(3));
            try (Message message = dead.receive().orElseThrow()) {
                store.recordAttempt(message);
            }
            overwrite(store, READ_BUFFER, KernelFrames.miscdevRequest(5, 41, create(3)));

            try (InFlightStore next = nextProcess(store)) {
                Entry entry = onlyEntry(next);
                entry.message().close();
                assertThat(entry.attempts()).isEqualTo(1);
            }
        }
    }

    @Test
    void aRequestInTheReadBufferReplacesAnOlderOneOfItsIndex() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create()) {
            MiscdevChannel dead = MiscdevChannel.adopt(pair.here(), Optional.of(store));
            ask(pair, 5, 41, create(3));
            dead.receive().orElseThrow().close();
            overwrite(store, READ_BUFFER, KernelFrames.miscdevRequest(5, 42, create(3)));

            try (InFlightStore next = nextProcess(store)) {
                Entry entry = onlyEntry(next);
                entry.message().close();
                assertThat(entry.message().counter()).isEqualTo(42);
            }
        }
    }

    @Test
    void anInvalidSlotIsCountedAndWiped() throws Exception {
        try (InFlightStore store = InFlightStore.create()) {
            overwrite(store, FIRST_SLOT + 5 * SLOT, slotWithAttempts(5, -1));
            overwrite(store, FIRST_SLOT + 6 * SLOT, new byte[] {0, 0, 0, 0, 9});

            try (InFlightStore next = nextProcess(store)) {
                assertThat(next.unanswered()).isEmpty();
                assertThat(next.discarded()).isEqualTo(1);
                assertThat(contents(next).substring(FIRST_SLOT)).matches("\0*");
            }
        }
    }

    /** The memory of a wiped file key is used for the next one: a view of it shows whether that one was wiped, too. */
    @Test
    void adoptingLeavesNoFileKeyInMemory() throws Exception {
        ByteBuffer memory;
        try (Secret before = Secret.allocate(19)) {
            memory = before.buffer();
        }
        try (InFlightStore store = InFlightStore.create()) {
            overwrite(store, FIRST_SLOT + 5 * SLOT, slotWithAttempts(5, 0));
            overwrite(store, FIRST_SLOT + 6 * SLOT, slotWithAttempts(5, 0));

            try (InFlightStore next = nextProcess(store)) {
                assertThat(next.discarded()).isEqualTo(1);
                assertThat(memory).isEqualTo(ByteBuffer.allocate(19));
                try (Message message = onlyEntry(next).message()) {
                    Secret payload = ((Request.Tag66Request) message.request()).payload();
                    assertThat(payload.buffer()).isEqualTo(memory);
                }
            }
        }
    }

    /** A daemon that is killed while it begins a store has counted itself, and not written the header. */
    @Test
    void aStoreWithoutItsHeaderIsBegunAgain() throws Exception {
        Path file = Files.createTempFile(Path.of("/dev/shm"), "ecryptfsj", "test");
        try {
            byte[] begun = new byte[InFlightStore.SIZE];
            begun[32] = 1;
            Files.write(file, begun);
            try (InFlightStore store = InFlightStore.adopt(Descriptor.openReadWrite(file.toString()))) {
                assertThat(store.discarded()).isZero();
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).startsWith("ecryptfsj-record 1\n\0");
            }
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void startingOverWipesAllRequests() throws Exception {
        Path file = Files.createTempFile(Path.of("/dev/shm"), "ecryptfsj", "test");
        try {
            byte[] old = new byte[InFlightStore.SIZE];
            byte[] slot = slotWithAttempts(5, 0);
            System.arraycopy(slot, 0, old, FIRST_SLOT + 5 * SLOT, slot.length);
            Files.write(file, old);
            try (InFlightStore store = InFlightStore.startOver(Descriptor.openReadWrite(file.toString()))) {
                assertThat(store.unanswered()).isEmpty();
                assertThat(contents(store).substring(READ_BUFFER)).matches("\0*");
            }
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void closingWipesTheReadBufferAndClosesTheMemory() throws Exception {
        InFlightStore store = InFlightStore.create();
        Path link = Path.of("/proc/self/fd/" + store.descriptor().number());
        Path target = Files.readSymbolicLink(link);
        try (SharedMemory memory = SharedMemory.adopt(reopened(store), InFlightStore.SIZE)) {
            store.readBuffer().put(0, new byte[] {1, 2, 3});

            store.close();

            assertThat(memory.bytes().getInt(READ_BUFFER)).isZero();
        }
        assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)
                        && Files.readSymbolicLink(link).equals(target))
                .isFalse();
    }

    private static Message malformed(int index) {
        return new Message(index, 7, new Request.MalformedRequest((byte) 0x41, "a test"));
    }

    /** A used slot with a request of that index. */
    private static byte[] slotWithAttempts(int index, int attempts) {
        byte[] frame = KernelFrames.miscdevRequest(index, 9, create(3));
        ByteBuffer bytes = ByteBuffer.allocate(32 + frame.length).order(ByteOrder.nativeOrder());
        bytes.putInt(1)
                .putInt(attempts)
                .putLong(0)
                .putInt(frame.length)
                .putInt(9)
                .position(32);
        return bytes.put(frame).array();
    }

    @Test
    void keepingAndRemovingAllocatesNothing() throws Exception {
        try (InFlightStore store = InFlightStore.create();
                Message message = new Message(3, 7, new Request.MalformedRequest((byte) 0x41, "a test"))) {
            com.sun.management.ThreadMXBean threads =
                    (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            keepAndRemove(store, message, 20_000);
            long before = threads.getCurrentThreadAllocatedBytes();

            keepAndRemove(store, message, 100_000);

            // What the measurement itself costs.
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
        }
    }

    private static void keepAndRemove(InFlightStore store, Message message, int times) {
        for (int i = 0; i < times; i++) {
            store.keep(message, 547);
            store.remove(message);
        }
    }

    @Test
    void aKeptFileKeyEqualsTheOneThatWasRead() throws Exception {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create()) {
            MiscdevChannel dead = MiscdevChannel.adopt(pair.here(), Optional.of(store));
            ask(pair, 0, 1, create(9));
            dead.receive().orElseThrow().close();

            try (InFlightStore next = nextProcess(store);
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
