package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;

class PrivateMountArgumentsTest {
    @Test
    void withoutArgumentsItIsAboutPrivate() throws Exception {
        assertThat(PrivateMountArguments.of("umount.ecryptfs_private", List.of()))
                .isEqualTo(new PrivateMountArguments(false, false, false, DirectoryAlias.DEFAULT));
    }

    @Test
    void optionsStandInAnyPlace() throws Exception {
        assertThat(PrivateMountArguments.of("umount.ecryptfs_private", List.of("-f", "al", "-d")))
                .isEqualTo(new PrivateMountArguments(false, true, true, new DirectoryAlias("al")));
    }

    @Test
    void twoNamesOrAnUnknownOptionAreRefused() {
        assertThatThrownBy(() -> PrivateMountArguments.of("mount.ecryptfs_private", List.of("a", "b")))
                .isInstanceOf(ToolFailure.class);
        assertThatThrownBy(() -> PrivateMountArguments.of("mount.ecryptfs_private", List.of("-z")))
                .isInstanceOf(ToolFailure.class);
    }
}
