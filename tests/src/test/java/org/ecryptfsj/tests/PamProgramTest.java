package org.ecryptfsj.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * pam_ecryptfs.so with the program that it runs, ecryptfs-pam of the build's tree: what needs no eCryptfs in the kernel. A user
 * is made in a mount namespace, of which the machine's accounts and homes see nothing. Mounting is in the scenario private.sh.
 */
@Tag("dist")
class PamProgramTest {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));

    /** With a user alice, whose passphrase "the mount's" is wrapped by "old one"; and a log of her own. */
    private static final String ALICE =
            """
            set -u
            exec 2>&1
            export PATH=$DIST/bin:$DIST/sbin:$PATH
            login() { ./application "$PWD/pam.d" service alice "$@"; }
            as_alice() { setpriv --reuid 64711 --regid 64711 --clear-groups "$@"; }
            cp /etc/passwd passwd
            echo 'alice:x:64711:64711::/home/alice:/bin/bash' >> passwd
            mount --bind passwd /etc/passwd && mount -t tmpfs -o mode=755,size=8m homes /home || exit 1
            mkdir -p /home/alice/.ecryptfs
            wrapped=/home/alice/.ecryptfs/wrapped-passphrase
            touch /home/alice/.ecryptfs/auto-mount
            printf '%s\\n' "the mount's" 'old one' | ecryptfs-wrap-passphrase $wrapped -
            echo 0123456789abcdef > /home/alice/.ecryptfs/Private.sig
            chown -R 64711:64711 /home/alice
            as_alice keyctl clear @u
            trap 'as_alice keyctl clear @u' EXIT
            """;

    private static final String KILLED = ". " + ROOT.resolve("tests/pam/killed.sh") + "\n";

    @TempDir
    static Path directory;

    @BeforeAll
    static void build() throws Exception {
        String sources = ROOT.resolve("tests/pam").toString();
        output("gcc", "-shared", "-fPIC", "-o", file("pam_asks.so"), sources + "/pam_asks.c", "-lpam");
        output("gcc", "-rdynamic", "-pthread", "-o", file("application"), sources + "/application.c", "-lpam");
        output(
                ROOT.resolve("packaging/pam/build").toString(),
                file("pam_ecryptfs.so"),
                "-DPROGRAM=\"" + ROOT.resolve("packaging/target/dist/bin/ecryptfs-pam") + "\"",
                // The machine that tests may be busy.
                "-DTOTAL_MS=120000",
                "-DSILENCE_MS=60000");
        Files.createDirectory(directory.resolve("pam.d"));
        for (String service : List.of("service", "other")) {
            Files.writeString(
                    directory.resolve("pam.d").resolve(service),
                    """
                    auth     required %1$s
                    auth     optional %2$s unwrap
                    session  required pam_permit.so
                    session  optional %2$s unwrap
                    password required %1$s
                    password optional %2$s
                    """
                            .formatted(file("pam_asks.so"), file("pam_ecryptfs.so")));
        }
    }

    private static String file(String name) {
        return directory.resolve(name).toString();
    }

    private static String withAlice(String script) throws Exception {
        return output("unshare", "--mount", "bash", "-c", ALICE + script);
    }

    private static String output(String... command) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().put("DIST", ROOT.resolve("packaging/target/dist").toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as("%s", output).isZero();
        return output;
    }

    @Test
    void theLoginPassphraseBringsTheKeysIntoTheUsersKeyringAndNoOther() throws Exception {
        String output = withAlice(
                """
                keyctl show @s > before
                printf 'old one\\n' | login auth
                keyctl show @s | diff before -
                as_alice keyctl show @u
                """);

        assertThat(output).contains("auth: success").doesNotContain("disturbed", "log: ");
        assertThat(output.lines().filter(line -> line.matches(".* user: [0-9a-f]{16}")))
                .hasSize(2);
    }

    @Test
    void aPassphraseOfItsOwnIsAskedFor() throws Exception {
        String output = withAlice(
                """
                touch /home/alice/.ecryptfs/wrapping-independent
                printf 'for the login\\nold one\\n' | login auth
                as_alice keyctl show @u
                """);

        assertThat(output).contains("conversation: Encryption passphrase: ", "auth: success");
        assertThat(output.lines().filter(line -> line.matches(".* user: [0-9a-f]{16}")))
                .hasSize(2);
    }

    @Test
    void aChangedPasswordWrapsAgainAndAWrongOldOneChangesNothing() throws Exception {
        String output = withAlice(
                """
                printf 'old one\\nnew one\\nnew one\\n' | login password
                printf 'wrong\\nthird\\nthird\\n' | login password
                printf 'new one\\n' | ecryptfs-unwrap-passphrase $wrapped -
                stat -c '%U %a' $wrapped
                """);

        assertThat(output.split("still needs the old passphrase", -1)).hasSize(2);
        assertThat(output).contains("\nthe mount's\n", "alice 600").doesNotContain("log: ");
    }

    /** With a key file that the passphrase "the old one" unlocks, made of the wrapped passphrase. */
    private static final String KEY_FILE =
            """
            key_file=/home/alice/.ecryptfs/Private.key
            printf '%s\\n' 'old one' 'the old one' | as_alice ecryptfs-key import Private --wrapped-passphrase-file $wrapped \\
              --passphrase --recovery > /dev/null || exit 1
            mv $wrapped wrapped.away
            """;

    @Test
    void aKeyFileIsUnlockedByTheLoginPassphraseAndBringsTheKeysOfItsTree() throws Exception {
        String output = withAlice(
                """
                printf 'old one\\n' | login auth > /dev/null
                as_alice keyctl show @u | grep -o ' user: .*' | sort > before
                as_alice keyctl clear @u
                """
                        + KEY_FILE
                        + """
                printf 'wrong\\n' | login auth
                as_alice keyctl show @u
                printf 'the old one\\n' | login auth
                as_alice keyctl show @u | grep -o ' user: .*' | sort | tee now
                diff before now && echo same
                """);

        assertThat(output).contains("auth: success", "\nsame\n").doesNotContain("disturbed", "log: ");
        assertThat(output.lines().filter(line -> line.matches(" user: [0-9a-f]{16}")))
                .as("not by the wrong passphrase")
                .hasSize(2);
    }

    @Test
    void aChangedPasswordReplacesTheKeyFilesPassphraseAndAWrongOldOneChangesNothing() throws Exception {
        String output = withAlice(
                KEY_FILE
                        + """
                printf 'the old one\\nthe new one\\nthe new one\\n' | login password
                printf 'wrong\\nthe third one\\nthe third one\\n' | login password
                printf 'the new one\\n' | as_alice ecryptfs-key test Private 1
                stat -c '%U %a' $key_file
                ls -A /home/alice/.ecryptfs
                """);

        assertThat(output.split("still needs the old passphrase", -1)).hasSize(2);
        assertThat(output)
                .contains("run as alice: ecryptfs-key passphrase Private")
                .contains("protector 1 (passphrase) unlocks", "alice 600")
                .doesNotContain("log: ", ".new");
    }

    @Test
    void aDamagedKeyFileLeavesTheWrappedPassphraseToTheLogin() throws Exception {
        String output = withAlice(
                KEY_FILE
                        + """
                mv wrapped.away $wrapped && echo damaged > $key_file
                printf 'old one\\n' | login auth
                as_alice keyctl show @u
                """);

        assertThat(output.lines().filter(line -> line.matches(".* user: [0-9a-f]{16}")))
                .hasSize(2);
    }

    /** Without a TPM: the rules for using it. */
    @Test
    void theTpmUnlocksOnlyKeyFilesThatRootHasAllowed() throws Exception {
        String output = withAlice(
                KEY_FILE
                        + """
                mkdir etc && mount -t tmpfs -o mode=755 etc etc && cp -a /etc/. etc && mount --bind etc /etc || exit 1
                mkdir -p /etc/ecryptfsj
                id=$(as_alice ecryptfs-key show Private | sed -n 's/^Id: *//p')
                ecryptfs-key insert --user alice $key_file
                as_alice ecryptfs-key insert --user alice $key_file
                echo "bob $id" > /etc/ecryptfsj/login-keys
                ecryptfs-key insert --user alice $key_file
                echo "alice $id" > /etc/ecryptfsj/login-keys
                ecryptfs-key insert --user alice $key_file
                ln -s $key_file /home/alice/link.key
                ecryptfs-key insert --user alice /home/alice/link.key
                chmod 666 /etc/ecryptfsj/login-keys
                ecryptfs-key insert --user alice $key_file
                as_alice keyctl show @u
                """);

        assertThat(output.split("the TPM may not unlock key file", -1)).hasSize(3);
        assertThat(output)
                .containsSubsequence(
                        "--user needs root",
                        "has no protector of type tpm2 or tspi",
                        "link.key is not a regular file",
                        "login-keys");
        assertThat(output.lines().filter(line -> line.matches(".* user: [0-9a-f]{16}")))
                .isEmpty();
    }

    @Test
    void aKillWhileThePasswordChangesLeavesAFileThatOpensWithTheOldOrTheNewPassphrase() throws Exception {
        String output = withAlice(
                KILLED
                        + """
                for call in 'fchmod 1' 'fsync 1' 'rename 1' 'fsync 2'; do
                  change_and_kill wrapped_opens command $call
                done
                for victim in program watcher login; do
                  change_and_kill wrapped_opens $victim rename 1
                done
                """);

        assertThat(output.split("opens with the (old|new) passphrase", -1)).hasSize(1 + 7);
        assertThat(output)
                .contains("after command rename 1: opens with the old")
                .contains("after command fsync 2: opens with the new")
                .doesNotContain("LOST", "NOT KILLED");
    }

    @Test
    void aKillWhileTheKeyFilesPassphraseChangesDoesTheSame() throws Exception {
        String output = withAlice(
                KEY_FILE
                        + KILLED
                        + """
                current='the old one'
                for call in 'fsync 1' 'rename 1' 'fsync 2'; do
                  change_and_kill key_file_opens command $call
                done
                change_and_kill key_file_opens watcher rename 1
                """);

        assertThat(output.split("opens with the (old|new) passphrase", -1)).hasSize(1 + 4);
        assertThat(output).doesNotContain("LOST", "NOT KILLED");
    }

    @Test
    void aKillWhileKeysAreAddedLeavesNoKeyOfAnotherUserAndTheNextLoginAddsBoth() throws Exception {
        String output = withAlice(
                KILLED
                        + """
                keyctl show @s > before
                keyctl show @u >> before
                for victim in command program watcher login; do
                  insert_and_kill $victim add_key 1
                done
                insert_and_kill command add_key 2
                { keyctl show @s; keyctl show @u; } | diff before - && echo "root's keyrings are as before"
                """);

        assertThat(output.split(": 2 keys", -1)).as("%s", output).hasSize(1 + 5);
        assertThat(output).contains("root's keyrings are as before").doesNotContain("NOT KILLED");
    }

    @Test
    void withoutJavaOrWithFullDisksTheLoginGoesOn() throws Exception {
        String output = withAlice(
                """
                mount -t tmpfs java /usr/lib/jvm
                printf 'old one\\n' | env -u JAVA_HOME ./application "$PWD/pam.d" service alice auth
                umount /usr/lib/jvm
                as_alice keyctl show @u
                for full in /var/tmp /run /dev/shm; do
                  mount -t tmpfs -o size=4k,mode=1777 full $full
                  head -c 8k /dev/zero > $full/full
                done
                head -c 16M /dev/zero > /home/full
                printf 'old one\\n' | login auth open close
                as_alice keyctl show @u
                """);

        assertThat(output.split("auth: success", -1)).hasSize(3);
        assertThat(output).contains("open: success", "close: success").doesNotContain("log: ");
        assertThat(output.lines().filter(line -> line.matches(".* user: [0-9a-f]{16}")))
                .as("with full disks, not without Java")
                .hasSize(2);
    }
}
