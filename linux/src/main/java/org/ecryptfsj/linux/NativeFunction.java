package org.ecryptfsj.linux;

import com.kenai.jffi.ArrayFlags;
import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallContextCache;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.HeapInvocationBuffer;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Platform;

/** A C function. Called by classes that the compiler makes ({@code org.ecryptfsj.binding.CFunctions}), by any thread. */
public final class NativeFunction {
    private static final Invoker INVOKER = Invoker.getInstance();

    /** Whether arguments can be passed as numbers of 64 bits, whatever their types; jnr-ffi does so on the same processors. */
    private static final boolean NUMBERS = Platform.getPlatform().getCPU() == Platform.CPU.X86_64;

    /** Keeps the library loaded. */
    private final NativeLibrary library;

    private final String name;
    private final long address;
    private final Type result;
    private final Type[] parameters;
    private volatile CallContext context;

    /** @param address 0 if the library has no such function */
    NativeFunction(NativeLibrary library, String name, long address, Type result, Type[] parameters) {
        this.library = library;
        this.name = name;
        this.address = address;
        this.result = result;
        this.parameters = parameters;
    }

    /** A C type. */
    public enum Type {
        VOID,
        INT,
        /** As long as a pointer. */
        LONG,
        /** 64 bits. */
        LONG_LONG,
        POINTER;

        private com.kenai.jffi.Type jffi() {
            return switch (this) {
                case VOID -> com.kenai.jffi.Type.VOID;
                case INT -> com.kenai.jffi.Type.SINT;
                case LONG -> com.kenai.jffi.Type.SLONG;
                case LONG_LONG -> com.kenai.jffi.Type.SLONG_LONG;
                case POINTER -> com.kenai.jffi.Type.POINTER;
            };
        }
    }

    /** Calls it without arguments. As the other forms, it returns the result as a number; 0 if there is none. */
    public long call() {
        return NUMBERS ? INVOKER.invokeN0(context(), address) : arguments().call();
    }

    /** Calls it with numbers and addresses. */
    public long call(long a) {
        return NUMBERS ? INVOKER.invokeN1(context(), address, a) : callWith(a);
    }

    /** Calls it with numbers and addresses. */
    public long call(long a, long b) {
        return NUMBERS ? INVOKER.invokeN2(context(), address, a, b) : callWith(a, b);
    }

    /** Calls it with numbers and addresses. */
    public long call(long a, long b, long c) {
        return NUMBERS ? INVOKER.invokeN3(context(), address, a, b, c) : callWith(a, b, c);
    }

    /** Calls it with numbers and addresses. */
    public long call(long a, long b, long c, long d) {
        return NUMBERS ? INVOKER.invokeN4(context(), address, a, b, c, d) : callWith(a, b, c, d);
    }

    /** Calls it with numbers and addresses. */
    public long call(long a, long b, long c, long d, long e) {
        return NUMBERS ? INVOKER.invokeN5(context(), address, a, b, c, d, e) : callWith(a, b, c, d, e);
    }

    /** Calls it with numbers and addresses. */
    public long call(long a, long b, long c, long d, long e, long f) {
        return NUMBERS ? INVOKER.invokeN6(context(), address, a, b, c, d, e, f) : callWith(a, b, c, d, e, f);
    }

    private long callWith(long... numbers) {
        Arguments arguments = arguments();
        for (int i = 0; i < numbers.length; i++) {
            switch (parameters[i]) {
                case INT -> arguments.integer((int) numbers[i]);
                case LONG_LONG -> arguments.longLong(numbers[i]);
                default -> arguments.address(numbers[i]);
            }
        }
        return arguments.call();
    }

    /** The arguments of a call with arrays, or with many parameters: one for each parameter, in their order. */
    public Arguments arguments() {
        return new Arguments();
    }

    /** @throws UnsatisfiedLinkError if there is no such function */
    void requireAddress() {
        if (address == 0) {
            throw new UnsatisfiedLinkError(library.name() + " has no function " + name);
        }
    }

    /** Made by the first call: most commands load a library with many functions and call a few. */
    private CallContext context() {
        CallContext known = context;
        if (known == null) {
            requireAddress();
            com.kenai.jffi.Type[] types = new com.kenai.jffi.Type[parameters.length];
            for (int i = 0; i < types.length; i++) {
                types[i] = parameters[i].jffi();
            }
            known = CallContextCache.getInstance()
                    .getCallContext(result.jffi(), types, CallingConvention.DEFAULT, true);
            context = known;
        }
        return known;
    }

    /** The arguments of one call. */
    public final class Arguments {
        private final HeapInvocationBuffer buffer = new HeapInvocationBuffer(context());

        private Arguments() {}

        /** An int. */
        public Arguments integer(int value) {
            buffer.putInt(value);
            return this;
        }

        /** A C long. */
        public Arguments address(long value) {
            buffer.putAddress(value);
            return this;
        }

        /** 64 bits. */
        public Arguments longLong(long value) {
            buffer.putLong(value);
            return this;
        }

        /** The address of a copy of the bytes, which is copied back after the call; 0 for null. */
        public Arguments array(byte[] bytes) {
            if (bytes == null) {
                buffer.putAddress(0);
            } else {
                buffer.putArray(bytes, 0, bytes.length, ArrayFlags.IN | ArrayFlags.OUT);
            }
            return this;
        }

        /** Calls the function. */
        public long call() {
            return switch (result) {
                case LONG_LONG -> INVOKER.invokeLong(context(), address, buffer);
                case LONG, POINTER ->
                    NativeMemory.WORD == Long.BYTES
                            ? INVOKER.invokeLong(context(), address, buffer)
                            : INVOKER.invokeInt(context(), address, buffer);
                case INT -> INVOKER.invokeInt(context(), address, buffer);
                case VOID -> {
                    INVOKER.invokeInt(context(), address, buffer);
                    yield 0;
                }
            };
        }
    }
}
