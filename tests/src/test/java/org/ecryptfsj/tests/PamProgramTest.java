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
