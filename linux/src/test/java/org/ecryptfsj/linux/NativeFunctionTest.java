package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.binding.LongLong;
import org.junit.jupiter.api.Test;

class NativeFunctionTest {
    private static final Functions C = new NativeFunctionTestFunctionsBinding(NativeLibrary.ofThisProcess());

    /** Functions of the C library, one for each shape of arguments and results. */
    @CFunctions
    interface Functions {
        int getpid();

        int abs(int number);

        long labs(long number);

        @LongLong
        long llabs(@LongLong long number);

        long strlen(byte[] text);

        int memcmp(ByteBuffer one, ByteBuffer other, long count);

        long memcpy(byte[] to, ByteBuffer from, long count);

        int snprintf(ByteBuffer into, long size, byte[] format, int a, long b, int c, long d, int e);

        long getenv(byte[] name);

        void free(long nothing);

        int no_such_function();
    }

    private static byte[] text(String text) {
        return ByteText.terminated(text);
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    @Test
    void numbersKeepTheirSign() {
        assertThat(C.getpid()).isEqualTo((int) ProcessHandle.current().pid());
        assertThat(C.abs(-7)).isEqualTo(7);
        assertThat(C.abs(Integer.MIN_VALUE)).isEqualTo(Integer.MIN_VALUE);
        assertThat(C.llabs(-7_000_000_000L)).isEqualTo(7_000_000_000L);
    }

    /** Without the smallest number, which has no positive one where a C long has 32 bits. */
    @Property(tries = 200)
    void aLongIsACLong(@ForAll @IntRange(min = -Integer.MAX_VALUE) int number) {
        assertThat(C.labs(number)).isEqualTo(Math.abs((long) number));
    }

    @Test
    void aBufferIsItsAddressAtItsPosition() {
        ByteBuffer buffer = direct("xyz abc").position(4);

        assertThat(C.memcmp(buffer, direct("abc"), 3)).isZero();
        assertThat(C.memcmp(buffer, direct("abd"), 3)).isNegative();
        assertThat(C.memcmp(buffer.slice(), direct("bc").position(0), 0)).isZero();
        assertThat(buffer.position()).isEqualTo(4);
    }

    @Test
    void anArrayIsCopiedThereAndBack() {
        assertThat(C.strlen(text("four"))).isEqualTo(4);
        byte[] to = text("....");

        C.memcpy(to, direct("ab"), 2);

        assertThat(to).isEqualTo(text("ab.."));
    }

    @Test
    void moreArgumentsThanRegistersArriveInTheirOrder() {
        ByteBuffer into = ByteBuffer.allocateDirect(64);

        int length = C.snprintf(into, 64, text("%d %ld %d %ld %d"), 1, -2, 3, 4, -5);

        assertThat(length).isEqualTo("1 -2 3 4 -5".length());
        assertThat(new String(NativeMemory.text(NativeMemory.address(into)), StandardCharsets.US_ASCII))
                .isEqualTo("1 -2 3 4 -5");
    }

    @Test
    void aPointerIsANumber() {
        long path = C.getenv(text("PATH"));

        assertThat(new String(NativeMemory.text(path), StandardCharsets.UTF_8)).isEqualTo(System.getenv("PATH"));
        assertThat(NativeMemory.view(path, 1).get(0))
                .isEqualTo((byte) System.getenv("PATH").charAt(0));
        assertThat(C.getenv(text("NO_SUCH_VARIABLE"))).isZero();
        C.free(0);
    }

    @Test
    void aBufferOnTheHeapIsRefused() {
        ByteBuffer heap = ByteBuffer.allocate(1);

        assertThatThrownBy(() -> C.memcmp(heap, heap, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(NativeMemory.address(null)).isZero();
    }

    @Test
    void aFunctionThatThisCLibraryDoesNotHaveFailsWhenItIsCalled() {
        assertThatThrownBy(C::no_such_function)
                .isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessage("the C library has no function no_such_function");
    }

    @Test
    void aLibraryThatIsNotThereOrLacksAFunctionIsRefusedAtOnce() {
        assertThatThrownBy(() -> NativeLibrary.load("libnosuchthing.so.1"))
                .isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessageContaining("libnosuchthing.so.1");
        NativeLibrary library = NativeLibrary.load("libc.so.6");
        assertThatThrownBy(() -> new NativeFunctionTestFunctionsBinding(library))
                .isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessage("libc.so.6 has no function no_such_function");
    }

    @Test
    void wordsOfAStructureAreReadAsTheyWereWritten() {
        ByteBuffer structure = ByteBuffer.allocateDirect(2 * NativeMemory.WORD);

        NativeMemory.putWord(structure, NativeMemory.WORD, -3);

        assertThat(NativeMemory.word(structure, NativeMemory.WORD)).isEqualTo(-3);
        assertThat(NativeMemory.word(structure, 0)).isZero();
    }
}
