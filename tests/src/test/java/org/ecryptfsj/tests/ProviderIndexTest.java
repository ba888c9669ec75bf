package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarFile;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.tools.command.SecretArguments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The key modules and protectors of the packaged program, which its commands do not look for in the jars. */
class ProviderIndexTest {
    private static final Path LIB = Path.of("../packaging/target/dist/lib");

    @ParameterizedTest
    @ValueSource(classes = {KeyModule.class, Protector.class})
    void theIndexHasAllThatTheJarsHave(Class<?> service) throws IOException {
        List<String> inJars = new ArrayList<>();
        for (String name : Files.readAllLines(LIB.resolve("tools.classpath"))) {
            try (JarFile jar = new JarFile(LIB.resolve("jars").resolve(name).toFile())) {
                var entry = jar.getEntry("META-INF/services/" + service.getName());
                if (entry != null) {
                    try (InputStream in = jar.getInputStream(entry)) {
                        new String(in.readAllBytes(), StandardCharsets.UTF_8)
                                .lines()
                                .forEach(inJars::add);
                    }
                }
            }
        }

        assertThat(Files.readAllLines(LIB.resolve("providers").resolve(service.getName())))
                .isEqualTo(inJars)
                .isNotEmpty();
    }

    /** Commands overwrite the secrets in their arguments by these names, and ask only the modules of others for theirs. */
    @Test
    void theSecretParametersOfOurModulesAreKnownByName() throws IOException {
        try (KeyModules modules = KeyModules.discover(Optional.empty())) {
            assertThat(modules.all())
                    .flatExtracting(KeyModule::parameters)
                    .filteredOn(parameter -> !parameter.echo())
                    .isNotEmpty()
                    .flatExtracting(Parameter::names)
                    .allMatch(name -> SecretArguments.isSecret(name));
        }
    }
}
