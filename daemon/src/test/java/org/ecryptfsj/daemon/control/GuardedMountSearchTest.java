package org.ecryptfsj.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keyfile.guard.GuardedMounts;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.KernelKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardedMountSearchTest {
    @TempDir
    Path run;

    private UUID record(GuardedMounts mounts, Path mountPoint) throws Exception {
        UUID id = UUID.randomUUID();
        mounts.write(new GuardedMount(
                id,
                List.of(new KernelKey(1, new Signature("ffd652511eaff04a"))),
                mountPoint,
                Path.of("/lower"),
                Optional.empty(),
                Optional.empty()));
        return id;
    }

    @Test
    void allMountsAtAPathAreFoundAlsoByALinkOrAMissingDirectory() throws Exception {
        GuardedMounts mounts = new GuardedMounts(run.resolve("guard"));
        Path directory = Files.createDirectory(run.toRealPath().resolve("secret"));
        UUID one = record(mounts, directory);
        UUID two = record(mounts, directory);
        record(mounts, Path.of("/other"));
        UUID missing = record(mounts, Path.of("/nowhere/at/all"));
        Path link = Files.createSymbolicLink(run.resolve("link"), directory);
        GuardedMountSearch search = new GuardedMountSearch(mounts, true);

        assertThat(search.ids(directory)).containsExactlyInAnyOrder(one, two);
        assertThat(search.ids(link)).containsExactlyInAnyOrder(one, two);
        assertThat(search.ids(Path.of("/nowhere/at/all"))).containsExactly(missing);
    }

    @Test
    void withoutAMountOrWithoutRootItIsRefused() {
        GuardedMounts mounts = new GuardedMounts(run.resolve("guard"));

        assertThatThrownBy(() -> new GuardedMountSearch(mounts, true).ids(Path.of("/secret")))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("no mount at /secret")
                .hasMessageContaining("What to do:");
        assertThatThrownBy(() -> new GuardedMountSearch(mounts, false).ids(Path.of("/secret")))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("sudo ecryptfsctl lock /secret");
    }
}
