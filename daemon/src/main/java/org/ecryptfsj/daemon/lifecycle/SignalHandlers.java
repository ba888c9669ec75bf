package org.ecryptfsj.daemon.lifecycle;

import java.lang.reflect.Proxy;

/**
 * Handlers for signals that do not end the process. The JDK's only way to handle a signal is {@code sun.misc.Signal}, of the
 * supported module jdk.unsupported. It is called by reflection, because javac warns of every mention and warnings are errors
 * here.
 */
public final class SignalHandlers {
    private SignalHandlers() {}

    /**
     * Runs the action on each such signal, on a thread of the JVM's.
     *
     * @param name without SIG: {@code HUP}, {@code USR1}
     */
    public static void handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object running = Proxy.newProxyInstance(
                    SignalHandlers.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        action.run();
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), running);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "SIG" + name + " cannot be handled: this JVM has no module jdk.unsupported", e);
        }
    }
}
