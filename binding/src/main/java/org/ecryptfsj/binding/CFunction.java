package org.ecryptfsj.binding;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.VariableElement;

/**
 * A C function.
 *
 * @param name its name in the library
 * @param result not {@link CType#BUFFER} nor {@link CType#ARRAY}
 * @param parameters in their order; none is {@link CType#VOID}
 */
record CFunction(String name, CType result, List<CType> parameters) {
    private static final Set<CType> RESULTS = Set.of(CType.VOID, CType.INT, CType.LONG, CType.LONG_LONG);

    /** As many arguments as {@code NativeFunction.call} passes in registers. */
    private static final int MOST_NUMBERS = 6;

    static CFunction of(ExecutableElement method) throws UnsupportedFunctionException {
        CType result = CType.of(method.getReturnType(), method);
        if (!RESULTS.contains(result)) {
            throw new UnsupportedFunctionException("a function cannot return " + method.getReturnType(), method);
        }
        List<CType> parameters = new ArrayList<>();
        for (VariableElement parameter : method.getParameters()) {
            parameters.add(CType.of(parameter.asType(), parameter));
        }
        return new CFunction(method.getSimpleName().toString(), result, List.copyOf(parameters));
    }

    /** Its types, as arguments of {@code NativeLibrary.function}. */
    String types() {
        return IntStream.rangeClosed(0, parameters.size())
                .mapToObj(i -> "NativeFunction.Type." + (i == 0 ? result : parameters.get(i - 1)).nativeName())
                .collect(Collectors.joining(", "));
    }

    /** The method that calls it. */
    String method(String field) {
        StringBuilder text = new StringBuilder("\n    @Override\n    public ")
                .append(javaName(result))
                .append(' ')
                .append(name)
                .append('(')
                .append(IntStream.range(0, parameters.size())
                        .mapToObj(i -> javaName(parameters.get(i)) + " p" + i)
                        .collect(Collectors.joining(", ")))
                .append(") {\n");
        String call =
                switch (result) {
                            case VOID -> "";
                            case INT -> "return (int) ";
                            default -> "return ";
                        } + call(field) + ";\n";
        if (fences().isEmpty()) {
            text.append("        ").append(call);
        } else {
            text.append("        try {\n            ")
                    .append(call)
                    .append("        } finally {\n")
                    .append(fences())
                    .append("        }\n");
        }
        return text.append("    }\n").toString();
    }

    private String call(String field) {
        if (parameters.size() <= MOST_NUMBERS && !parameters.contains(CType.ARRAY)) {
            return field
                    + IntStream.range(0, parameters.size())
                            .mapToObj(i ->
                                    parameters.get(i) == CType.BUFFER ? "NativeMemory.address(p" + i + ")" : "p" + i)
                            .collect(Collectors.joining(", ", ".call(", ")"));
        }
        return field + ".arguments()"
                + IntStream.range(0, parameters.size())
                        .mapToObj(i -> switch (parameters.get(i)) {
                            case BUFFER -> ".address(NativeMemory.address(p" + i + "))";
                            case ARRAY -> ".array(p" + i + ")";
                            case LONG -> ".address(p" + i + ")";
                            case LONG_LONG -> ".longLong(p" + i + ")";
                            default -> ".integer(p" + i + ")";
                        })
                        .collect(Collectors.joining())
                + ".call()";
    }

    /** A buffer must not be freed during the call, although only its address is used. */
    private String fences() {
        return IntStream.range(0, parameters.size())
                .filter(i -> parameters.get(i) == CType.BUFFER)
                .mapToObj(i -> "            Reference.reachabilityFence(p" + i + ");\n")
                .collect(Collectors.joining());
    }

    private static String javaName(CType type) {
        return switch (type) {
            case VOID -> "void";
            case INT -> "int";
            case LONG, LONG_LONG -> "long";
            case BUFFER -> "ByteBuffer";
            case ARRAY -> "byte[]";
        };
    }
}
