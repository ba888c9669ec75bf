package org.ecryptfsj.daemon.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class LambdaListTest {
    /** With one lambda expression that captures a value of each kind, and a reference to a constructor. */
    static final class Example {
        static LongSupplier sum(int a, int b, int c, long d, Object e) {
            return () -> a + b + c + d + e.hashCode();
        }

        static Supplier<Object> maker() {
            return Object::new;
        }
    }

    /** The lines that {@code -XX:DumpLoadedClassList} of OpenJDK 17 writes for these two. */
    @Test
    void eachLambdaExpressionHasTheLineOfTheJvm() throws IOException {
        String name = Example.class.getName().replace('.', '/');
        try (InputStream in = LambdaListTest.class.getClassLoader().getResourceAsStream(name + ".class")) {
            assertThat(LambdaList.lines(in.readAllBytes()))
                    .containsExactly(
                            "@lambda-form-invoker [LF_RESOLVE] java.lang.invoke.DirectMethodHandle$Holder"
                                    + " newInvokeSpecial LI3JL_L",
                            "@lambda-form-invoker [LF_RESOLVE] java.lang.invoke.DirectMethodHandle$Holder"
                                    + " newInvokeSpecial L_L",
                            "@lambda-form-invoker [LF_RESOLVE] java.lang.invoke.Invokers$Holder linkToTargetMethod"
                                    + " I3JLL_L",
                            "@lambda-form-invoker [LF_RESOLVE] java.lang.invoke.Invokers$Holder linkToTargetMethod"
                                    + " L_L",
                            "@lambda-proxy " + name + " get ()Ljava/util/function/Supplier; ()Ljava/lang/Object;"
                                    + " REF_newInvokeSpecial java/lang/Object <init> ()V ()Ljava/lang/Object;",
                            "@lambda-proxy " + name
                                    + " getAsLong (IIIJLjava/lang/Object;)Ljava/util/function/LongSupplier; ()J"
                                    + " REF_invokeStatic " + name
                                    + " lambda$sum$0 (IIIJLjava/lang/Object;)J ()J");
        }
    }
}
