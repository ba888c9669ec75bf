package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;

class InvocationTest {
    @Test
    void withoutArgumentsItIsAboutPrivate() throws Exception {
        assertThat(Invocation.of("umount.ecryptfs_private", List.of()))
                .isEqualTo(new Invocation(false, false, false, Alias.PRIVATE));
    }

    @Test
    void optionsStandInAnyPlace() throws Exception {
        assertThat(Invocation.of("umount.ecryptfs_private", List.of("-f", "al", "-d")))
                .isEqualTo(new Invocation(false, true, true, new Alias("al")));
    }

    @Test
    void twoNamesOrAnUnknownOptionAreRefused() {
        assertThatThrownBy(() -> Invocation.of("mount.ecryptfs_private", List.of("a", "b")))
                .isInstanceOf(ToolFailure.class);
        assertThatThrownBy(() -> Invocation.of("mount.ecryptfs_private", List.of("-z")))
                .isInstanceOf(ToolFailure.class);
    }
}
