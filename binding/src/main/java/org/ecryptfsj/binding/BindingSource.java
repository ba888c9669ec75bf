package org.ecryptfsj.binding;

import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.util.ElementFilter;

/**
 * The source of a class that calls the functions of an interface.
 *
 * @param inPackage its package, which is the interface's
 * @param name its simple name
 * @param functions the name of the interface in that package
 * @param methods of the interface
 */
record BindingSource(String inPackage, String name, String functions, List<CFunction> methods) {
    static BindingSource of(TypeElement functions, String inPackage) throws UnsupportedFunctionException {
        List<CFunction> methods = new ArrayList<>();
        for (ExecutableElement method : ElementFilter.methodsIn(functions.getEnclosedElements())) {
            methods.add(CFunction.of(method));
        }
        String nested = nestedName(functions);
        return new BindingSource(inPackage, nested.replace(".", "") + "Binding", nested, List.copyOf(methods));
    }

    private static String nestedName(TypeElement type) {
        Element around = type.getEnclosingElement();
        String name = type.getSimpleName().toString();
        return around.getKind() == ElementKind.PACKAGE ? name : nestedName((TypeElement) around) + "." + name;
    }

    String qualifiedName() {
        return inPackage + "." + name;
    }

    String text() {
        StringBuilder fields = new StringBuilder();
        StringBuilder lookups = new StringBuilder();
        StringBuilder calls = new StringBuilder();
        for (int i = 0; i < methods.size(); i++) {
            CFunction function = methods.get(i);
            // Numbered, because C functions with several forms, such as syscall, have the same name.
            String field = function.name() + "_" + i;
            fields.append("    private final NativeFunction ").append(field).append(";\n");
            lookups.append("        ")
                    .append(field)
                    .append(" = library.function(\"")
                    .append(function.name());
            lookups.append("\", ").append(function.types()).append(");\n");
            calls.append(function.method(field));
        }
        return """
                package %s;

                import java.lang.ref.Reference;
                import java.nio.ByteBuffer;
                import javax.annotation.processing.Generated;
                import org.ecryptfsj.linux.NativeFunction;
                import org.ecryptfsj.linux.NativeLibrary;
                import org.ecryptfsj.linux.NativeMemory;

                /** Calls the functions of {@link %s}. */
                @Generated("%s")
                final class %s implements %s {
                %s
                    /** @throws UnsatisfiedLinkError if the library has not all of the functions */
                    %s(NativeLibrary library) {
                %s    }
                %s}
                """
                .formatted(
                        inPackage,
                        functions,
                        CFunctionsProcessor.class.getName(),
                        name,
                        functions,
                        fields,
                        name,
                        lookups,
                        calls);
    }
}
