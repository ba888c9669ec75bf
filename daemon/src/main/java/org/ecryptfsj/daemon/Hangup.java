package org.ecryptfsj.daemon;

import java.lang.reflect.Proxy;

/**
 * SIGHUP. The JDK's one way to see a signal and live on is {@code sun.misc.Signal}, of the supported module jdk.unsupported;
 * it is reached by name, because javac warns of every mention and warnings are errors here.
 */
final class Hangup {
    private Hangup() {}

    /** Runs the action on each SIGHUP, on a thread of the JVM's. */
    static void handle(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object running = Proxy.newProxyInstance(
                    Hangup.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        action.run();
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), running);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM has no jdk.unsupported module, so SIGHUP cannot be handled", e);
        }
    }
}
