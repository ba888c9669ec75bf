package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionNamesTest {
    private static final Set<String> OF_MODULES =
            Set.of("passphrase_passwd", "passphrase_passwd_file", "passwd", "salt", "tspi_uuid", "openssl_keyfile");

    @ParameterizedTest
    @CsvSource({
        "ecryptfs_cypher, ecryptfs_cipher",
        "ecryptfs_cipher_, ecryptfs_cipher",
        "ecryptfs_pasthrough, ecryptfs_passthrough",
        "ecryptfs_key_byte, ecryptfs_key_bytes",
        "ecryptfs_enable_filename_crpto, ecryptfs_enable_filename_crypto",
        "ecryptfs_fnek_sign, ecryptfs_fnek_sig",
        "no_sigcache, no_sig_cache",
        "no_promt, no_prompt",
        "passphrase_passwd_fil, passphrase_passwd_file",
        "tspi_uid, tspi_uuid"
    })
    void aMisspeltOptionIsRefusedWithWhatWasProbablyMeant(String written, String meant) {
        assertThatThrownBy(() -> OptionNames.check(written, OF_MODULES))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining('"' + written + '"')
                .extracting(e -> ((ToolFailure) e).advice())
                .isEqualTo("did you mean " + meant + "?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ecryptfs_key_path", "ecryptfs_", "ecryptfs_something_else"})
    void whatLooksLikeAnOptionOfEcryptfsAndIsNoneIsRefused(String written) {
        assertThatThrownBy(() -> OptionNames.check(written, OF_MODULES)).isInstanceOf(ToolFailure.class);
    }

    /** mount(8), "FILESYSTEM-INDEPENDENT MOUNT OPTIONS", and what mount(8) adds for its helpers. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "async",
                "atime",
                "noatime",
                "auto",
                "noauto",
                "context",
                "fscontext",
                "defcontext",
                "rootcontext",
                "defaults",
                "dev",
                "nodev",
                "diratime",
                "nodiratime",
                "dirsync",
                "exec",
                "noexec",
                "group",
                "iversion",
                "noiversion",
                "mand",
                "nomand",
                "_netdev",
                "nofail",
                "relatime",
                "norelatime",
                "strictatime",
                "nostrictatime",
                "lazytime",
                "nolazytime",
                "suid",
                "nosuid",
                "silent",
                "loud",
                "owner",
                "remount",
                "ro",
                "rw",
                "sync",
                "user",
                "nouser",
                "users",
                "comment",
                "x-systemd.automount",
                "X-mount.mkdir",
                "uhelper",
                "helper",
                "loop",
                "offset",
                "symfollow",
                "nosymfollow",
                "nogroup",
                "noowner",
                "nousers",
                "bind"
            })
    void optionsOfMountItselfAreNotMistakenForMisspeltOnes(String option) {
        assertThatCode(() -> OptionNames.check(option, OF_MODULES)).doesNotThrowAnyException();
    }

    @Property
    void aNameDiffersFromItselfInNothing(@ForAll String name) {
        assertThat(OptionNames.editDistance(name, name)).isZero();
    }

    @Property
    void namesDifferBothWaysAlikeAndByNoMoreThanTheLongerOne(
            @ForAll @StringLength(max = 12) String one, @ForAll @StringLength(max = 12) String other) {
        int editDistance = OptionNames.editDistance(one, other);

        assertThat(editDistance).isEqualTo(OptionNames.editDistance(other, one));
        assertThat(editDistance)
                .isBetween(Math.abs(one.length() - other.length()), Math.max(one.length(), other.length()));
    }
}
