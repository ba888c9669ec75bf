package org.ecryptfsj.keymodule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.ecryptfsj.linux.Account;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyModulesTest {
    private static final String SOURCE =
            """
            import java.util.List;
            import org.ecryptfsj.keymodule.*;

            public final class %s implements KeyModule {
                public String alias() { return "%s"; }
                public List<Parameter> parameters() { return List.of(); }
                public TokenContents tokenContents(ParameterValues values) { throw new IllegalStateException(); }
                public byte[] wrap(KeyBlob blob, Secret payload) { throw new IllegalStateException(); }
                public Secret unwrap(KeyBlob blob, byte[] encryptedKey) { throw new IllegalStateException(); }
            }
            """;

    @TempDir
    Path directory;

    @Test
    void aMissingDirectoryContainsNoModule() throws Exception {
        try (KeyModules modules = KeyModules.discover(Optional.of(directory.resolve("none")))) {
            assertThat(modules.all()).isEmpty();
            assertThat(modules.problems()).isEmpty();
        }
    }

    @Test
    void aThirdPartysJarInTheDirectoryIsAModule() throws Exception {
        moduleJar("one.jar", "vault");

        try (KeyModules modules = KeyModules.discover(Optional.of(directory))) {
            assertThat(modules.byAlias("vault")).isPresent();
            assertThat(modules.byAlias("Vault")).isEmpty();
            assertThat(modules.problems()).isEmpty();
        }
    }

    @Test
    void aSecondModuleWithTheSameAliasIsIgnoredAndReported() throws Exception {
        moduleJar("one.jar", "vault");
        moduleJar("two.jar", "vault");

        try (KeyModules modules = KeyModules.discover(Optional.of(directory))) {
            assertThat(modules.all()).hasSize(1);
            assertThat(modules.problems()).singleElement().asString().contains("a second key module named vault");
        }
    }

    @Test
    void aJarThatNamesAMissingClassIsReportedAndTheOthersAreLoaded() throws Exception {
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(directory.resolve("a-broken.jar")))) {
            service(jar, "org.example.Nowhere");
        }
        moduleJar("b-good.jar", "vault");

        try (KeyModules modules = KeyModules.discover(Optional.of(directory))) {
            assertThat(modules.byAlias("vault")).isPresent();
            assertThat(modules.problems()).singleElement().asString().contains("org.example.Nowhere");
        }
    }

    @Test
    void aDirectoryInWhichOthersMayWriteIsRefused() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwx---"));

        assertThatThrownBy(() -> KeyModules.discover(Optional.of(directory)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("key modules are not loaded from " + directory)
                .hasMessageContaining("chmod go-w");
    }

    @Test
    void aJarThatOthersMayWriteIsRefused() throws Exception {
        moduleJar("one.jar", "vault");
        Files.setPosixFilePermissions(directory.resolve("one.jar"), PosixFilePermissions.fromString("rw-r--rw-"));

        assertThatThrownBy(() -> KeyModules.discover(Optional.of(directory)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("others may write to")
                .hasMessageContaining("one.jar");
    }

    @Test
    void aJarOfAnotherUserIsRefused() throws Exception {
        assumeTrue(Account.effectiveUid() == 0, "only root can give a file away");
        moduleJar("one.jar", "vault");
        Files.setAttribute(directory.resolve("one.jar"), "unix:uid", 65534);

        assertThatThrownBy(() -> KeyModules.discover(Optional.of(directory)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("belongs to user 65534");
    }

    /** Compiles a module as a third party would, and packs it as the service provider it is. */
    private void moduleJar(String name, String alias) throws IOException {
        String type = "Module" + name.replace(".jar", "").replace("-", "");
        Path sources = Files.createDirectories(directory.resolve("sources"));
        Path source = Files.writeString(sources.resolve(type + ".java"), SOURCE.formatted(type, alias));
        int rc = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-proc:none",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        sources.toString(),
                        source.toString());
        assertThat(rc).isZero();
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(directory.resolve(name)))) {
            jar.putNextEntry(new JarEntry(type + ".class"));
            jar.write(Files.readAllBytes(sources.resolve(type + ".class")));
            service(jar, type);
        }
    }

    private static void service(JarOutputStream jar, String type) throws IOException {
        jar.putNextEntry(new JarEntry("META-INF/services/" + KeyModule.class.getName()));
        jar.write(type.getBytes(StandardCharsets.UTF_8));
    }
}
