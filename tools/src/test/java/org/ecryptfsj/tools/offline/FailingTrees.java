package org.ecryptfsj.tools.offline;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;

/** Directories and files of which some calls fail. */
final class FailingTrees {
    private FailingTrees() {}

    /** Decides whether a call fails. */
    @FunctionalInterface
    interface Fault {
        /** Called before each call, by any thread. */
        void before(String method, Object... arguments) throws TreeException;
    }

    /** A directory whose calls, and those of what is opened in it, can fail. */
    static TreeDirectory directory(TreeDirectory real, Fault fault) {
        return (TreeDirectory) wrap(real, fault);
    }

    private static Object wrap(Object real, Fault fault) {
        Class<?> type = real instanceof TreeDirectory ? TreeDirectory.class : TreeFile.class;
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new Calls(real, fault));
    }

    private record Calls(Object real, Fault fault) implements InvocationHandler {
        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            fault.before(method.getName(), arguments);
            try {
                Object result = method.invoke(real, unwrapped(arguments));
                return result instanceof TreeDirectory || result instanceof TreeFile ? wrap(result, fault) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        private static Object[] unwrapped(Object[] arguments) {
            if (arguments == null) {
                return null;
            }
            return Arrays.stream(arguments)
                    .map(a -> a != null && Proxy.isProxyClass(a.getClass())
                            ? ((Calls) Proxy.getInvocationHandler(a)).real()
                            : a)
                    .toArray();
        }
    }
}
