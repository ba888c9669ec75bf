package org.ecryptfsj.daemon.archive;

import java.io.IOException;
import java.io.InputStream;
import java.util.Enumeration;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Lists the lambda expressions of jars, as the JVM lists those that a training has met ({@code -XX:DumpLoadedClassList}): also what no
 * training can meet, because it needs a TPM or a kernel, is in the class-data archive then. Otherwise the JVM makes a class for each
 * lambda expression when it is reached.
 */
public final class LambdaList {
    private static final String METAFACTORY = "java/lang/invoke/LambdaMetafactory";

    /** How the JVM names the kinds of method handles, by their tags (JVM specification, section 5.4.3.5). */
    private static final String[] KINDS = {
        "",
        "REF_getField",
        "REF_getStatic",
        "REF_putField",
        "REF_putStatic",
        "REF_invokeVirtual",
        "REF_invokeStatic",
        "REF_invokeSpecial",
        "REF_newInvokeSpecial",
        "REF_invokeInterface"
    };

    /** As many equal letters in a row are written as one and their number. */
    private static final int SHORTENED = 3;

    private LambdaList() {}

    /**
     * Prints the lines of a class list.
     *
     * @param jars their paths
     * @throws IOException if one cannot be read
     */
    public static void main(String[] jars) throws IOException {
        Set<String> lines = new TreeSet<>();
        for (String path : jars) {
            try (JarFile jar = new JarFile(path)) {
                for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
                    JarEntry entry = entries.nextElement();
                    if (entry.getName().endsWith(".class") && !entry.getName().startsWith("META-INF/")) {
                        try (InputStream in = jar.getInputStream(entry)) {
                            lines.addAll(lines(in.readAllBytes()));
                        }
                    }
                }
            }
        }
        lines.forEach(System.out::println);
    }

    /** The lines of a class file. */
    static Set<String> lines(byte[] classFile) {
        Set<String> lines = new TreeSet<>();
        ClassReader reader = new ClassReader(classFile);
        reader.accept(
                new ClassVisitor(Opcodes.ASM9) {
                    @Override
                    public MethodVisitor visitMethod(
                            int access, String name, String descriptor, String signature, String[] exceptions) {
                        return new MethodVisitor(Opcodes.ASM9) {
                            @Override
                            public void visitInvokeDynamicInsn(
                                    String called, String factory, Handle bootstrap, Object... arguments) {
                                if (bootstrap.getOwner().equals(METAFACTORY)
                                        && bootstrap.getName().equals("metafactory")) {
                                    lines.add(proxy(reader.getClassName(), called, factory, arguments));
                                    lines.addAll(forms(factory));
                                }
                            }
                        };
                    }
                },
                ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
        return lines;
    }

    private static String proxy(String caller, String called, String factory, Object[] arguments) {
        Handle implementation = (Handle) arguments[1];
        return String.join(
                " ",
                "@lambda-proxy",
                caller,
                called,
                factory,
                arguments[0].toString(),
                KINDS[implementation.getTag()],
                implementation.getOwner(),
                implementation.getName(),
                implementation.getDesc(),
                arguments[2].toString());
    }

    /** What the JVM calls to make an object of the lambda expression's class with these captured values. */
    private static Set<String> forms(String factory) {
        String captured = Stream.of(Type.getArgumentTypes(factory))
                .map(LambdaList::basicType)
                .collect(Collectors.joining());
        return Set.of(
                "@lambda-form-invoker [LF_RESOLVE] java.lang.invoke.DirectMethodHandle$Holder newInvokeSpecial "
                        + shortened("L" + captured) + "_L",
                "@lambda-form-invoker [LF_RESOLVE] java.lang.invoke.Invokers$Holder linkToTargetMethod "
                        + shortened(captured + "L") + "_L");
    }

    private static String basicType(Type type) {
        return switch (type.getSort()) {
            case Type.OBJECT, Type.ARRAY -> "L";
            case Type.LONG -> "J";
            case Type.FLOAT -> "F";
            case Type.DOUBLE -> "D";
            default -> "I";
        };
    }

    private static String shortened(String types) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < types.length(); ) {
            int end = at;
            while (end < types.length() && types.charAt(end) == types.charAt(at)) {
                end++;
            }
            text.append(end - at < SHORTENED ? types.substring(at, end) : "" + types.charAt(at) + (end - at));
            at = end;
        }
        return text.toString();
    }
}
