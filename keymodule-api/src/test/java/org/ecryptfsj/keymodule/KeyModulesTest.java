package org.ecryptfsj.keymodule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
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

    /** Named in the index of the packaged program. */
    public static final class IndexedModule implements KeyModule {
        @Override
        public String alias() {
            return "indexed";
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }

        @Override
        public TokenContents tokenContents(ParameterValues values) {
            throw new IllegalStateException();
        }

        @Override
        public byte[] wrap(KeyBlob blob, Secret payload) {
            throw new IllegalStateException();
        }

        @Override
        public Secret unwrap(KeyBlob blob, byte[] encryptedKey) {
            throw new IllegalStateException();
        }
    }

    @Test
    void theIndexNamesTheModulesOfTheClassPath() throws Exception {
        Files.write(
                directory.resolve(KeyModule.class.getName()),
                List.of("org.example.Nowhere", "java.lang.String", IndexedModule.class.getName()));
        System.setProperty(ServiceProviders.INDEX, directory.toString());
        try (KeyModules modules = KeyModules.discover(Optional.empty())) {
            assertThat(modules.all()).singleElement().isInstanceOf(IndexedModule.class);
            assertThat(modules.haveFurther()).isFalse();
            assertThat(modules.problems())
                    .hasSize(2)
                    .allMatch(problem ->
                            problem.startsWith("a key module cannot be loaded: " + KeyModule.class.getName()))
                    .anyMatch(problem -> problem.contains("provider org.example.Nowhere cannot be loaded"))
                    .anyMatch(problem -> problem.contains("provider java.lang.String cannot be loaded"));
        } finally {
            System.clearProperty(ServiceProviders.INDEX);
        }
    }

    @Test
    void jarsAreLookedIntoAlsoWithAnIndex() throws Exception {
        Path index = Files.createDirectory(directory.resolve("index"));
        Files.write(index.resolve(KeyModule.class.getName()), List.of(IndexedModule.class.getName()));
        moduleJar("one.jar", "vault");
        System.setProperty(ServiceProviders.INDEX, index.toString());
        try (KeyModules modules = KeyModules.discover(Optional.of(directory))) {
            assertThat(modules.byAlias("vault")).isPresent();
            assertThat(modules.haveFurther()).isTrue();
        } finally {
            System.clearProperty(ServiceProviders.INDEX);
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
        new ProviderJar(directory.resolve("a-broken.jar"), KeyModule.class).writeWithoutClass("org.example.Nowhere");
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

    private void moduleJar(String name, String alias) throws IOException {
        String type = "Module" + name.replace(".jar", "").replace("-", "");
        new ProviderJar(directory.resolve(name), KeyModule.class).write(type, SOURCE.formatted(type, alias));
    }
}
