package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectoryAliasTest {
    @Test
    void aPlainNameIsAnAlias() throws Exception {
        assertThat(DirectoryAlias.of("work.2026").name()).isEqualTo("work.2026");
    }

    @Test
    void privateNamedIsTheOneWithPlacesOfItsOwn() throws Exception {
        assertThat(DirectoryAlias.of("Private").isDefault()).isTrue();
        assertThat(DirectoryAlias.of("private").isDefault()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "../x", "a/b", "/etc/passwd", "a..b", "a\nb", "a\u0000b"})
    void aNameThatWouldReachOtherFilesIsRefused(String name) {
        assertThatThrownBy(() -> DirectoryAlias.of(name))
                .isInstanceOf(ToolFailure.class)
                .hasMessage("Invalid alias");
    }

    @Property
    void noAliasLeavesItsDirectory(@ForAll String name) {
        DirectoryAlias alias;
        try {
            alias = DirectoryAlias.of(name);
        } catch (ToolFailure e) {
            return;
        }
        Path directory = Path.of("/home/alice/.ecryptfs");
        assertThat(directory.resolve(alias.name() + ".sig").normalize().getParent())
                .isEqualTo(directory);
    }
}
