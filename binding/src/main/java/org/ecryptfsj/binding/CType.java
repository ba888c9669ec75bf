package org.ecryptfsj.binding;

import java.util.Map;
import javax.lang.model.element.Element;
import javax.lang.model.type.TypeMirror;

/** A type of a C function's parameter or result. */
enum CType {
    VOID,
    INT,
    LONG,
    LONG_LONG,
    /** The address of a direct buffer's next byte. */
    BUFFER,
    /** The address of a copy of an array. */
    ARRAY;

    private static final Map<String, CType> BY_NAME =
            Map.of("void", VOID, "int", INT, "long", LONG, "java.nio.ByteBuffer", BUFFER, "byte[]", ARRAY);

    /**
     * The type of a parameter or result.
     *
     * @param declared a parameter, or a method for its result
     * @throws UnsupportedFunctionException if no C type belongs to it
     */
    static CType of(TypeMirror type, Element declared) throws UnsupportedFunctionException {
        CType named = BY_NAME.get(type.toString());
        if (named == null) {
            throw new UnsupportedFunctionException(
                    "the type " + type + " is none of "
                            + BY_NAME.keySet().stream().sorted().toList(),
                    declared);
        }
        if (declared.getAnnotation(LongLong.class) == null) {
            return named;
        }
        if (named != LONG) {
            throw new UnsupportedFunctionException("only a long can have 64 bits everywhere", declared);
        }
        return LONG_LONG;
    }

    /** The type as {@code NativeFunction} names it. */
    String nativeName() {
        return this == BUFFER || this == ARRAY ? "POINTER" : name();
    }
}
