package org.ecryptfsj.binding;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** On a {@code long} of {@link CFunctions}: it has 64 bits on every machine, such as {@code off64_t}. On a method: its result has. */
@Retention(RetentionPolicy.SOURCE)
@Target({ElementType.PARAMETER, ElementType.METHOD})
public @interface LongLong {}
