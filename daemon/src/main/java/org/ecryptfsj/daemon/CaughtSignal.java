package org.ecryptfsj.daemon;

import java.lang.reflect.Proxy;

/**
 * Signals that do not end the process. The JDK's one way to see a signal and live on is {@code sun.misc.Signal}, of the
 * supported module jdk.unsupported; it is reached by name, because javac warns of every mention and warnings are errors here.
 */
final class CaughtSignal {
    private CaughtSignal() {}

    /**
     * Runs the action on each such signal, on a thread of the JVM's.
     *
     * @param name without SIG: {@code HUP}, {@code USR1}
     */
    static void handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object running = Proxy.newProxyInstance(
                    CaughtSignal.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        action.run();
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), running);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "this JVM has no jdk.unsupported module, so SIG" + name + " cannot be handled", e);
        }
    }
}
