package org.ecryptfsj.binding;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.annotation.processing.SupportedAnnotationTypes;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.TypeElement;
import javax.tools.Diagnostic;

/** Writes the class of each interface with {@link CFunctions}. A method that cannot be bound is an error of the compilation. */
@SupportedAnnotationTypes("org.ecryptfsj.binding.CFunctions")
public final class CFunctionsProcessor extends AbstractProcessor {
    @Override
    public SourceVersion getSupportedSourceVersion() {
        return SourceVersion.latestSupported();
    }

    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
        for (Element element : round.getElementsAnnotatedWith(CFunctions.class)) {
            try {
                write((TypeElement) element);
            } catch (UnsupportedFunctionException e) {
                processingEnv.getMessager().printMessage(Diagnostic.Kind.ERROR, e.getMessage(), e.element());
            }
        }
        return false;
    }

    private void write(TypeElement functions) throws UnsupportedFunctionException {
        if (functions.getKind() != ElementKind.INTERFACE) {
            throw new UnsupportedFunctionException("only an interface can be bound", functions);
        }
        BindingSource source = BindingSource.of(
                functions,
                processingEnv
                        .getElementUtils()
                        .getPackageOf(functions)
                        .getQualifiedName()
                        .toString());
        try (Writer file = processingEnv
                .getFiler()
                .createSourceFile(source.qualifiedName(), functions)
                .openWriter()) {
            file.write(source.text());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
