/**
 * Bindings to C libraries, made by the compiler. jnr-ffi makes a class for each interface of C functions when a program loads it,
 * which takes longer than all the calls of a short command; {@link org.ecryptfsj.binding.CFunctionsProcessor} makes it when the
 * interface is compiled. Used by the build only, and not delivered.
 */
package org.ecryptfsj.binding;
