package org.ecryptfsj.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * pam_ecryptfs.so inside an application (tests/pam/application.c): what the program that it runs gets, what the application
 * notices, and that every login goes on. It is built with a program of the test's and with shorter limits; run as root, as the
 * applications are. The scenarios private.sh and package.sh run the module that is delivered.
 */
class PamModuleTest {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));
    private static final int SILENCE_MILLIS = 2000;
    private static final int TOTAL_MILLIS = 5000;

    /** What is given to the module as the login passphrase: found in no other text by chance. */
    private static final String PASSPHRASE = "Kq7-hidden-passphrase-Zt2";

    private static final String NEVER_ENDS = "mkfifo never; read -r nothing < never";

    /** How the module and the application are built and run. */
    enum Build {
        DELIVERED,
        ADDRESS_SANITIZER,
        VALGRIND;

        Path file(String name) {
            return directory.resolve(name() + "-" + name);
        }

        List<String> options() {
            return this == ADDRESS_SANITIZER
                    ? List.of("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-U_FORTIFY_SOURCE")
                    : List.of();
        }

        List<String> command() {
            return this == VALGRIND
                    ? List.of("valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full", "--trace-children=no")
                    : List.of();
        }
    }

    @TempDir
    static Path directory;

    private List<String> report;

    @BeforeAll
    static void build() throws Exception {
        Path sources = ROOT.resolve("tests/pam");
        run("gcc", "-shared", "-fPIC", "-o", file("pam_asks.so"), sources + "/pam_asks.c", "-lpam");
        for (Build build : Build.values()) {
            List<String> module = new ArrayList<>(List.of(
                    ROOT.resolve("packaging/pam/build").toString(),
                    build.file("pam_ecryptfs.so").toString(),
                    "-DPROGRAM=\"" + file("program") + "\"",
                    "-DSILENCE_MS=" + SILENCE_MILLIS,
                    "-DTOTAL_MS=" + TOTAL_MILLIS));
            // A sanitizer's functions are in the application.
            module.addAll(build.options());
            if (build == Build.ADDRESS_SANITIZER) {
                module.add("-Wl,-z,undefs");
            }
            run(module.toArray(String[]::new));
            List<String> application = new ArrayList<>(List.of("gcc", "-Wall", "-Wextra", "-Werror", "-rdynamic"));
            application.addAll(
                    List.of("-pthread", "-o", build.file("application").toString()));
            application.addAll(build.options());
            application.addAll(List.of(sources + "/application.c", "-lpam"));
            run(application.toArray(String[]::new));
            Path services = Files.createDirectory(build.file("pam.d"));
            String configuration =
                    """
                    auth     required %1$s
                    auth     required %2$s unwrap
                    session  required pam_permit.so
                    session  optional %2$s unwrap
                    password required %1$s
                    password optional %2$s
                    """
                            .formatted(file("pam_asks.so"), build.file("pam_ecryptfs.so"));
            for (String service : List.of("other", "sshd", "systemd-user")) {
                Files.writeString(services.resolve(service), configuration);
            }
        }
    }

    @BeforeEach
    void forget() throws IOException {
        for (String name : List.of("program", "phases", "never", "seen", "pid", "pattern", "found", "control")) {
            Files.deleteIfExists(directory.resolve(name));
        }
    }

    private static String file(String name) {
        return directory.resolve(name).toString();
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    /** The program writes its phases to the file "phases", then does this. */
    private static void program(String... lines) throws IOException {
        String script = "#!/bin/bash\nstarted_in=$PWD\ncd " + directory + "\necho \"$PAM_TYPE\" >> phases\n"
                + String.join("\n", lines);
        Files.writeString(directory.resolve("program"), script + "\n");
        assertThat(directory.resolve("program").toFile().setExecutable(true)).isTrue();
    }

    private static List<String> lines(String name) throws IOException {
        Path path = directory.resolve(name);
        return Files.exists(path) ? Files.readAllLines(path, UTF_8) : List.of();
    }

    private void application(String... arguments) throws Exception {
        application(Build.DELIVERED, "sshd", List.of(PASSPHRASE), arguments);
    }

    private void application(Build build, String service, List<String> answers, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(build.command());
        command.addAll(List.of(
                build.file("application").toString(), build.file("pam.d").toString()));
        command.addAll(List.of(service, "somebody"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("ASAN_OPTIONS", "detect_leaks=1");
        Process process = builder.start();
        process.getOutputStream().write((String.join("\n", answers) + "\n").getBytes(UTF_8));
        process.getOutputStream().close();
        report = new String(process.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s", report).isZero();
        assertThat(report).endsWith("end").noneMatch(line -> line.startsWith("disturbed"));
        Stream.of(arguments)
                .filter(List.of("auth", "open", "close", "password")::contains)
                .forEach(step -> assertThat(report).contains(step + ": success"));
    }

    private long millis() {
        return report.stream()
                .filter(line -> line.startsWith("milliseconds: "))
                .mapToLong(line -> Long.parseLong(line.substring("milliseconds: ".length())))
                .sum();
    }

    private List<String> log() {
        return report.stream().filter(line -> line.startsWith("log: ")).toList();
    }

    @Test
    void theProgramGetsAFixedEnvironmentWhateverPamsAndTheApplicationsAre() throws Exception {
        program("tr '\\0' '\\n' < /proc/$$/environ > seen");

        application("auth");

        assertThat(lines("seen"))
                .containsExactlyInAnyOrder(
                        "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                        "LC_ALL=C",
                        "PAM_TYPE=auth",
                        "PAM_USER=somebody",
                        "PAM_SERVICE=sshd",
                        "ECRYPTFSJ_PAM_MODULE=login");
        assertThat(log()).isEmpty();
    }

    @Test
    void theProgramGetsNoDescriptorOfTheApplication() throws Exception {
        program("ls -l /proc/$$/fd > seen");

        application("auth");

        assertThat(lines("seen"))
                .filteredOn(line -> line.contains(" -> ") && !line.endsWith("/program"))
                .map(line -> line.replaceFirst(".* (\\d+ -> [^:]*).*", "$1"))
                .containsExactly("0 -> pipe", "1 -> pipe", "2 -> /dev/null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ignore", "caller"})
    void theProgramIsRootsInASessionOfItsOwnWithSignalsAndLimitsAsUsual(String application) throws Exception {
        program(
                "read -r pid _ _ parent group session _ < /proc/$$/stat",
                "{ echo \"session $((session == $$)) group $((group == $$))\"; echo $started_in; umask; ulimit -f; ulimit -c",
                "sed -n -E 's/\\t/ /g; s/^(Uid|Gid|Groups): *//p' /proc/self/status",
                // Below 29; 32 and 33 are the C library's own.
                "sed -n -E 's/^Sig(Blk|Ign):\\t.........//p' /proc/self/status; } > seen");

        application(application, "auth");

        assertThat(lines("seen"))
                .map(String::strip)
                .containsExactly(
                        "session 1 group 1",
                        "/",
                        "0022",
                        "unlimited",
                        "0",
                        "0 0 0 0",
                        "0 0 0 0",
                        "",
                        "0000000",
                        "0000000");
    }

    @Test
    void thePassphraseIsOnStandardInputAndInNoArgumentOrEnvironment() throws Exception {
        program(
                "cat > seen; tr -d '\\0' < seen > pattern",
                "grep -laFf pattern /proc/[0-9]*/cmdline /proc/[0-9]*/environ > found 2> /dev/null",
                "exec -a \"$(< pattern)\" grep -laFf pattern /proc/self/cmdline > control");

        application("auth");

        assertThat(Files.readString(directory.resolve("seen"))).isEqualTo(PASSPHRASE + "\0\0");
        assertThat(lines("found")).isEmpty();
        assertThat(lines("control")).as("what the search finds where it is").hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void anApplicationNoticesNothingOfTheChild(Build build) throws Exception {
        for (String about : List.of("ignore", "handler", "nowait", "alarm", "threads", "closed", "caller")) {
            if (build == Build.VALGRIND && about.equals("threads")) {
                // It runs one thread at a time, so that busy ones use up the limits.
                continue;
            }
            forget();
            program("case $PAM_TYPE in open_session) exit 10 ;; esac");

            application(build, "sshd", List.of(PASSPHRASE), about, "auth", "open", "close");

            assertThat(lines("phases")).as(about).containsExactly("auth", "open_session", "close_session");
            assertThat(log()).as(about).isEmpty();
        }
    }

    @Test
    void aCloseWithoutAnOpenThatJoinedChangesNothing() throws Exception {
        program("case $(grep -c open phases) in 1 | 2) exit 10 ;; esac");

        application("close", "open", "open", "open", "close", "close", "close", "close");

        assertThat(lines("phases"))
                .containsExactly("open_session", "open_session", "open_session", "close_session", "close_session");
    }

    /** It may have mounted. Which sessions it has counted, it knows by the process that opened them. */
    @Test
    void aSessionWhoseProgramWasKilledIsClosedToo() throws Exception {
        program("echo $PAM_TYPE $((ECRYPTFSJ_PAM_SESSION == $(ps -o ppid= $PPID))) >> seen", "kill -KILL $$");

        application("open", "close");

        assertThat(lines("seen")).containsExactly("open_session 1", "close_session 1");
    }

    @Test
    void theUserManagersSessionIsNoSessionOfTheUser() throws Exception {
        program("exit 10");

        application(Build.DELIVERED, "systemd-user", List.of(PASSPHRASE), "open", "close");

        assertThat(lines("phases")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aPassphraseOfItsOwnIsAskedForOnlyIfTheProgramWantsIt(Build build) throws Exception {
        program(
                "{ echo $ECRYPTFSJ_PAM_MODULE; tr '\\0' , ; echo; } >> seen",
                "[ $ECRYPTFSJ_PAM_MODULE = asked ] || exit 11");

        application(build, "sshd", List.of(PASSPHRASE, "another"), "auth");

        assertThat(lines("seen")).containsExactly("login", PASSPHRASE + ",,", "asked", "another,,");
        assertThat(report).contains("conversation: Encryption passphrase: ");
    }

    @ParameterizedTest
    @EnumSource
    void aChangeOfPasswordHandsOverBoth(Build build) throws Exception {
        program("tr '\\0' , > seen");

        application(build, "sshd", List.of("old one", "new one", "new one"), "password");

        assertThat(Files.readString(directory.resolve("seen"))).isEqualTo("old one,new one,");
        assertThat(lines("phases")).containsExactly("password");
        assertThat(report).noneMatch(line -> line.contains("still needs the old passphrase"));
    }

    @Test
    void aPassphraseThatStaysTheOldOneIsTold() throws Exception {
        program("exit 12");

        application(Build.DELIVERED, "sshd", List.of("old one", "new one", "new one"), "password");

        assertThat(report).anyMatch(line -> line.contains("still needs the old passphrase"));
        assertThat(report).anyMatch(line -> line.contains("ecryptfs-rewrap-passphrase ~/.ecryptfs/wrapped-passphrase"));
    }

    @ParameterizedTest
    @EnumSource
    void withoutTheProgramTheLogSaysSoAndTheLoginGoesOn(Build build) throws Exception {
        application(build, "sshd", List.of(PASSPHRASE), "auth", "open", "close");

        assertThat(log())
                .hasSize(2)
                .allMatch(line -> line.contains(file("program") + " cannot be run: No such file or directory"))
                .allMatch(line -> line.contains("of somebody") && line.contains("What to do:"));
    }

    @Test
    void withoutTheShellThatRunsTheProgramToo() throws Exception {
        program();
        Files.writeString(directory.resolve("program"), "#!/nonexistent/bash\n");

        application("auth");

        assertThat(log()).singleElement().asString().contains("could not be started (127)");
    }

    @ParameterizedTest
    @EnumSource
    void aProgramWithoutASignOfLifeIsKilledWithItsChildren(Build build) throws Exception {
        program("(echo $BASHPID >> pid; exec < never) & echo $$ >> pid", NEVER_ENDS);

        application(build, "sshd", List.of(PASSPHRASE), "handler", "auth");

        assertThat(log())
                .singleElement()
                .asString()
                .contains("made no progress")
                .contains("(200)");
        assertThat(millis()).isBetween((long) SILENCE_MILLIS, (long) TOTAL_MILLIS);
        assertGone(lines("pid"));
    }

    @Test
    void aLongStepThatIsAnnouncedHasTheTimeOfAll() throws Exception {
        program("printf w", "echo $$ >> pid", NEVER_ENDS);

        application("alarm", "auth");

        assertThat(log())
                .singleElement()
                .asString()
                .contains("did not end in time")
                .contains("(201)");
        assertThat(millis()).isBetween((long) TOTAL_MILLIS, 2L * TOTAL_MILLIS);
        assertGone(lines("pid"));
    }

    @Test
    void signsOfLifeKeepItGoingButNoLongerThanAll() throws Exception {
        program("mkfifo never", "exec {forever}<> never", "while printf .; do read -r -t 0.2 -u $forever || :; done");

        application("auth");

        assertThat(log()).singleElement().asString().contains("did not end in time");
        assertThat(millis()).isBetween((long) TOTAL_MILLIS, 2L * TOTAL_MILLIS);
    }

    @Test
    void aSlowProgramThatShowsSignsOfLifeIsWaitedFor() throws Exception {
        program(
                "mkfifo never",
                "exec {forever}<> never",
                "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do printf .; read -r -t 0.2 -u $forever; done",
                "exit 0");

        application("auth");

        assertThat(log()).isEmpty();
        assertThat(millis()).isBetween((long) SILENCE_MILLIS, (long) TOTAL_MILLIS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kill -KILL $$", "kill -SEGV $$", "exit 3", "exec > /dev/null; exit 10"})
    void aProgramThatFailsIsLoggedAndOneThatIsSilentIsNot(String end) throws Exception {
        program(end);

        application("handler", "auth");

        if (end.endsWith("exit 10")) {
            assertThat(log()).isEmpty();
        } else {
            String why = end.startsWith("kill") ? "was killed (202)" : "failed (3)";
            assertThat(log()).singleElement().asString().contains(why);
        }
    }

    @Test
    void aProgramThatIsStoppedIsNoBusyLoop() throws Exception {
        program("echo $$ >> pid", "kill -STOP $$");

        application("auth");

        assertThat(log()).singleElement().asString().contains("made no progress");
        assertGone(lines("pid"));
    }

    @Test
    void whatTheProgramLeavesInTheBackgroundKeepsNobodyWaiting() throws Exception {
        program("mkfifo never", "setsid sh -c 'echo $$ >> pid; exec 3<> never; read -r nothing <&3' &", "exit 0");

        application("auth");

        assertThat(log()).isEmpty();
        assertThat(millis()).isLessThan(SILENCE_MILLIS);
        for (String pid : lines("pid")) {
            ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    /** The functions of the C library that are needed are all there since the version that the package depends on. */
    @Test
    void itNeedsNoNewerCLibraryThanThePackageSays() throws Exception {
        Process process = new ProcessBuilder(
                        "objdump", "-T", Build.DELIVERED.file("pam_ecryptfs.so").toString())
                .start();
        String symbols = new String(process.getInputStream().readAllBytes(), UTF_8);
        String depends = Files.readString(ROOT.resolve("packaging/deb/ecryptfsj/control"));

        assertThat(symbols).contains("pam_sm_open_session");
        assertThat(depends).contains("libc6 (>= 2.25)");
        for (String line : symbols.lines().toList()) {
            int at = line.indexOf("GLIBC_2.");
            if (at >= 0) {
                String minor = line.substring(at + "GLIBC_2.".length()).split("[.) ]", -1)[0];
                assertThat(Integer.parseInt(minor)).as(line).isLessThanOrEqualTo(25);
            }
        }
    }

    /** Killed ones end soon; one that has ended but that nobody has waited for is gone. */
    private static void assertGone(List<String> pids) {
        assertThat(pids).isNotEmpty();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        for (String pid : pids) {
            while (Files.exists(Path.of("/proc", pid, "exe"))) {
                assertThat(System.nanoTime()).as("process %s ends", pid).isLessThan(end);
                Thread.onSpinWait();
            }
        }
    }
}
