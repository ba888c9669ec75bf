package org.ecryptfsj.keymodule;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;

/**
 * The jar of a third party's service provider.
 *
 * @param jar path of the jar
 * @param service interface of the service
 */
public record ProviderJar(Path jar, Class<?> service) {
    /**
     * Compiles a provider and packs it.
     *
     * @param type name of the class, without a package
     * @param source its source
     */
    public void write(String type, String source) throws IOException {
        Path sources = Files.createDirectories(jar.resolveSibling("sources"));
        Path file = Files.writeString(sources.resolve(type + ".java"), source);
        String classPath = System.getProperty("java.class.path");
        int rc = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", classPath, "-d", sources.toString(), file.toString());
        assertThat(rc).isZero();
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry(type + ".class"));
            out.write(Files.readAllBytes(sources.resolve(type + ".class")));
            putService(out, type);
        }
    }

    /** Names a provider that the jar does not contain. */
    public void writeWithoutClass(String type) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            putService(out, type);
        }
    }

    private void putService(JarOutputStream out, String type) throws IOException {
        out.putNextEntry(new JarEntry("META-INF/services/" + service.getName()));
        out.write(type.getBytes(StandardCharsets.UTF_8));
    }
}
