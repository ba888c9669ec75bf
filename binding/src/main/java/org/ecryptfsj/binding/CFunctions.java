package org.ecryptfsj.binding;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On an interface whose methods are functions of one C library: the compiler adds a class beside it that calls them. For the interface
 * {@code Functions} within {@code LibC} that is {@code LibCFunctionsBinding}, whose constructor takes the library, an {@code
 * org.ecryptfsj.linux.NativeLibrary}.
 *
 * <p>Types of parameters and what the function receives:
 *
 * <ul>
 *   <li>{@code int}: an int;
 *   <li>{@code long}: a C long, which pointers, {@code size_t} and {@code ssize_t} are as large as; with {@link LongLong} 64 bits;
 *   <li>{@code ByteBuffer}: the address of its next byte; it is a direct buffer, or null;
 *   <li>{@code byte[]}: the address of a copy, which is copied back after the call; or null.
 * </ul>
 *
 * <p>Results are {@code void}, {@code int} or {@code long}.
 */
@Retention(RetentionPolicy.SOURCE)
@Target(ElementType.TYPE)
public @interface CFunctions {}
