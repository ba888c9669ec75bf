package org.ecryptfsj.binding;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CFunctionsProcessorTest {
    private static final String AROUND =
            """
            package org.example;
            import java.nio.ByteBuffer;
            import org.ecryptfsj.binding.*;
            final class LibExample {
                @CFunctions
                %s
            }
            """;

    @TempDir
    Path directory;

    private final DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();

    private String binding(String type) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        String source = AROUND.formatted(type);
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///LibExample.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        List<String> options =
                List.of("-proc:only", "-cp", System.getProperty("java.class.path"), "-d", directory.toString());
        JavaCompiler.CompilationTask task = compiler.getTask(null, null, diagnostics, options, null, List.of(file));
        task.setProcessors(List.of(new CFunctionsProcessor()));
        task.call();
        Path made = directory.resolve("org/example/LibExampleFunctionsBinding.java");
        return Files.exists(made) ? Files.readString(made) : "";
    }

    private String error(String method) throws IOException {
        assertThat(binding("interface Functions { " + method + "; }")).isEmpty();
        return diagnostics.getDiagnostics().get(0).getMessage(Locale.ROOT);
    }

    @Test
    void theClassCallsEachFunctionWithItsTypes() throws IOException {
        assertThat(
                        binding(
                                """
                                interface Functions {
                                    int plain(int a, long b, ByteBuffer c);
                                    void text(byte[] a);
                                    @LongLong long wide(@LongLong long a);
                                }
                                """))
                .isEqualTo(
                        """
                        package org.example;

                        import java.lang.ref.Reference;
                        import java.nio.ByteBuffer;
                        import javax.annotation.processing.Generated;
                        import org.ecryptfsj.linux.NativeFunction;
                        import org.ecryptfsj.linux.NativeLibrary;
                        import org.ecryptfsj.linux.NativeMemory;

                        /** Calls the functions of {@link LibExample.Functions}. */
                        @Generated("org.ecryptfsj.binding.CFunctionsProcessor")
                        final class LibExampleFunctionsBinding implements LibExample.Functions {
                            private final NativeFunction plain_0;
                            private final NativeFunction text_1;
                            private final NativeFunction wide_2;

                            /** @throws UnsatisfiedLinkError if the library has not all of the functions */
                            LibExampleFunctionsBinding(NativeLibrary library) {
                                plain_0 = library.function("plain", NativeFunction.Type.INT, NativeFunction.Type.INT, \
                        NativeFunction.Type.LONG, NativeFunction.Type.POINTER);
                                text_1 = library.function("text", NativeFunction.Type.VOID, NativeFunction.Type.POINTER);
                                wide_2 = library.function("wide", NativeFunction.Type.LONG_LONG, NativeFunction.Type.LONG_LONG);
                            }

                            @Override
                            public int plain(int p0, long p1, ByteBuffer p2) {
                                try {
                                    return (int) plain_0.call(p0, p1, NativeMemory.address(p2));
                                } finally {
                                    Reference.reachabilityFence(p2);
                                }
                            }

                            @Override
                            public void text(byte[] p0) {
                                text_1.arguments().array(p0).call();
                            }

                            @Override
                            public long wide(long p0) {
                                return wide_2.call(p0);
                            }
                        }
                        """);
    }

    @Test
    void sevenArgumentsAreGivenOneByOne() throws IOException {
        assertThat(binding(
                        "interface Functions { int many(int a, long b, int c, int d, int e, int f, ByteBuffer g); }"))
                .contains("many_0.arguments().integer(p0).address(p1).integer(p2)")
                .contains(".address(NativeMemory.address(p6)).call()");
    }

    @Test
    void aTypeThatCHasNotIsNamed() throws IOException {
        assertThat(error("int wrong(String text)")).startsWith("the type java.lang.String is none of [byte[], int, ");
    }

    @Test
    void anArrayIsNoResult() throws IOException {
        assertThat(error("byte[] wrong()")).isEqualTo("a function cannot return byte[]");
    }

    @Test
    void onlyALongHas64BitsEverywhere() throws IOException {
        assertThat(error("int wrong(@LongLong int number)")).isEqualTo("only a long can have 64 bits everywhere");
    }

    @Test
    void aClassIsNotBound() throws IOException {
        assertThat(binding("static final class Functions {}")).isEmpty();
        assertThat(diagnostics.getDiagnostics().get(0).getMessage(Locale.ROOT))
                .isEqualTo("only an interface can be bound");
    }
}
