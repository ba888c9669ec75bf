package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.ScriptedTerminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the real keyring; no key is made, so that no key module is needed. */
class MountPlanTest {
    private static final String SETTINGS = ",ecryptfs_cipher=aes,ecryptfs_key_bytes=16";

    private final UserKeyring keyring = new UserKeyring();
    private final Signature present = random();
    private final Signature absent = random();

    @TempDir
    Path directory;

    @BeforeEach
    void aKeyInTheKeyring() throws Exception {
        keyring.linkIntoSession();
        try (AuthTok tok = new AuthTok.Password(present, Secret.allocate(64), Salt.DEFAULT)) {
            keyring.add(tok);
        }
    }

    @AfterEach
    void remove() throws Exception {
        keyring.unlink(present);
    }

    @Test
    void aKeyNamedAsTheKernelNamesItNeedsNoOtherIfItIsThere() throws Exception {
        try (MountPlan plan = silent("ecryptfs_sig=" + present + SETTINGS)) {
            assertThat(plan.signatures()).containsExactly(present);
            assertThat(plan.tokens()).isEmpty();
            assertThat(plan.decided())
                    .containsExactly(
                            "ecryptfs_sig=" + present,
                            "ecryptfs_cipher=aes",
                            "ecryptfs_key_bytes=16",
                            "ecryptfs_unlink_sigs");
            assertThatCode(() -> plan.requireKeys(keyring)).doesNotThrowAnyException();
        }
    }

    @Test
    void aKnownKeyThatIsNotThereIsNamedBeforeTheMount() throws Exception {
        try (MountPlan plan = silent("sig=" + absent + SETTINGS)) {
            assertThatThrownBy(() -> plan.requireKeys(keyring))
                    .isInstanceOf(ToolFailure.class)
                    .hasMessageContaining("key " + absent + " is not in your keyring");
        }
    }

    @Test
    void theKeyOfFileNamesMustBeThereToo() throws Exception {
        try (MountPlan plan = silent("sig=" + present + ",ecryptfs_fnek_sig=" + absent + SETTINGS)) {
            assertThatThrownBy(() -> plan.requireKeys(keyring))
                    .hasMessageContaining("key " + absent + " is not in your keyring");
        }
    }

    @Test
    void severalKnownKeysAllCountTheFirstIsSuggestedForFileNames() throws Exception {
        try (MountPlan plan = asked("sig=" + present + ",sig=" + absent + SETTINGS, "n\ny\n\n")) {
            assertThat(plan.signatures()).containsExactly(present, absent);
            assertThat(plan.decided()).contains("ecryptfs_fnek_sig=" + present);
        }
    }

    private MountPlan silent(String options) throws Exception {
        try (MountRequest request = MountRequest.read(options, directory.resolve("none"))) {
            return decide(request, Optional.empty());
        }
    }

    private MountPlan asked(String options, String answers) throws Exception {
        try (MountRequest request = MountRequest.read(options, directory.resolve("none"));
                ScriptedTerminal typed = new ScriptedTerminal(directory, answers)) {
            return decide(request, Optional.of(new Questions(typed.terminal())));
        }
    }

    private MountPlan decide(MountRequest request, Optional<Questions> questions) throws Exception {
        return MountPlan.decide(
                request,
                new MountKeyResolver(KeyModules.of(), request, questions),
                new EcryptfsVersion(375),
                keyring,
                questions);
    }

    private static Signature random() {
        byte[] bytes = new byte[8];
        ThreadLocalRandom.current().nextBytes(bytes);
        return new Signature(HexFormat.of().formatHex(bytes));
    }
}
