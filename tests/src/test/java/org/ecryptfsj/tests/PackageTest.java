package org.ecryptfsj.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The packages that the build made, as dpkg-deb, rpm, lintian and rpmlint see them; the .deb with a Java of its own among
 * them if it was built ({@code -Pwith-java}). How one is upgraded and purged is the scenario package.sh.
 */
@Tag("dist")
class PackageTest {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));
    private static final Path TARGET = ROOT.resolve("packaging/target");
    private static final String LIBRARY = "/usr/lib/ecryptfsj/";

    /** What the scripts do about a running daemon, in this order. */
    private static final Pattern UPGRADE = Pattern.compile(
            "daemon-reload.*ecryptfsctl restart.*try-restart ecryptfsd\\.service.*ecryptfsd try-restart",
            Pattern.DOTALL);

    @TempDir
    Path directory;

    /**
     * A file of a package.
     *
     * @param mode as ls writes it
     * @param owner user and group
     * @param link where a symbolic link points to, else empty
     */
    private record Entry(String mode, String owner, String link) {
        boolean isDirectory() {
            return mode.startsWith("d");
        }

        boolean isLink() {
            return mode.startsWith("l");
        }

        boolean isExecutableFile() {
            return mode.startsWith("-") && mode.contains("x");
        }
    }

    static List<Path> packages() throws IOException {
        try (Stream<Path> files = Files.list(TARGET)) {
            return files.filter(file ->
                            file.toString().endsWith(".deb") || file.toString().endsWith(".rpm"))
                    .sorted()
                    .toList();
        }
    }

    static List<Path> debs() throws IOException {
        return packages().stream()
                .filter(file -> file.toString().endsWith(".deb"))
                .toList();
    }

    @Test
    void aDebAndAnRpmWereBuilt() throws IOException {
        assertThat(packages())
                .extracting(file -> file.getFileName().toString().replaceFirst("_.*\\.deb$|-\\d.*\\.rpm$", ""))
                .filteredOn("ecryptfsj"::equals)
                .hasSize(2);
    }

    @ParameterizedTest
    @MethodSource("packages")
    void everyCommandOfTheTreeIsThere(Path packaged) throws Exception {
        Map<String, Entry> entries = entries(packaged);

        for (String folder : List.of("bin", "sbin")) {
            for (String command : names(TARGET.resolve("dist").resolve(folder))) {
                assertThat(entries).containsKey("/usr/" + folder + "/" + command);
                assertThat(entries.get("/usr/" + folder + "/" + command).link()).isEqualTo("../lib/ecryptfsj/launch");
                assertThat(entries.keySet())
                        .anyMatch(file -> file.matches("/usr/share/man/man\\d/" + command + "\\.\\d\\.gz"));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("packages")
    void theTreeIsThereWithoutWhatIsMadeAfterTheInstallation(Path packaged) throws Exception {
        Map<String, Entry> entries = entries(packaged);
        Path library = TARGET.resolve("dist/lib");

        try (Stream<Path> files = Files.walk(library)) {
            assertThat(entries.keySet())
                    .containsAll(files.filter(Files::isRegularFile)
                            .map(file -> library.relativize(file).toString())
                            .filter(file -> !file.endsWith(".jsa"))
                            .map(LIBRARY::concat)
                            .toList());
        }
        assertThat(entries.keySet()).noneMatch(file -> file.endsWith(".jsa") || file.endsWith("-native.jar"));
    }

    @ParameterizedTest
    @MethodSource("packages")
    void everyFileIsRootsInItsPlaceAndNobodyElseMayWriteIt(Path packaged) throws Exception {
        entries(packaged).forEach((file, entry) -> {
            assertThat(entry.owner()).as(file).isEqualTo("root root");
            assertThat(entry.isLink() || !entry.mode().matches(".....w.*|........w.*|.*[sStT].*"))
                    .as("%s %s", entry.mode(), file)
                    .isTrue();
            assertThat(entry.isDirectory() || isInItsPlace(file)).as(file).isTrue();
            if (!file.startsWith(LIBRARY + "java/") && !entry.isDirectory()) {
                assertThat(entry.isExecutableFile())
                        .as("%s %s", entry.mode(), file)
                        .isEqualTo(file.matches(LIBRARY + "(launch|archive|commands/ecryptfs-.*|boot/(?!.*\\.sh$).*)"
                                + "|/etc/init\\.d/.*|/usr/lib/systemd/system-sleep/.*"));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("packages")
    void whatIsBelowEtcIsConfigurationAndAllOfIt(Path packaged) throws Exception {
        boolean scriptsAreConfiguration = isDeb(packaged);
        List<String> files = entries(packaged).entrySet().stream()
                .filter(entry ->
                        entry.getKey().startsWith("/etc/") && !entry.getValue().isDirectory())
                .map(Map.Entry::getKey)
                .filter(file -> scriptsAreConfiguration || !file.startsWith("/etc/init.d/"))
                .toList();

        assertThat(files).contains("/etc/ecryptfsj/java.conf", "/etc/modprobe.d/ecryptfsj.conf");
        assertThat(configuration(packaged)).containsExactlyInAnyOrderElementsOf(files);
    }

    @ParameterizedTest
    @MethodSource("debs")
    void itTakesThePlaceOfEcryptfsUtilsAndOfTheOtherFlavour(Path packaged) throws Exception {
        String name = field(packaged, "Package");
        String other = name.equals("ecryptfsj") ? "ecryptfsj-with-java" : "ecryptfsj";

        assertThat(field(packaged, "Conflicts")).contains("ecryptfs-utils", other);
        assertThat(field(packaged, "Replaces")).contains("ecryptfs-utils", other);
        assertThat(field(packaged, "Provides")).contains("ecryptfs-utils");
        assertThat(field(packaged, "Depends").contains("java17-runtime-headless"))
                .isEqualTo(name.equals("ecryptfsj"));
        assertThat(field(packaged, "Architecture")).isNotEqualTo("all");
        assertThat(field(packaged, "Version"))
                .isEqualTo(Files.readString(TARGET.resolve("dist/lib/version")).strip());
    }

    @ParameterizedTest
    @MethodSource("debs")
    void itsCommandsRunFromWhereItIsUnpacked(Path packaged) throws Exception {
        output("dpkg-deb", "-x", packaged.toString(), directory.toString());
        Path usr = directory.resolve("usr");
        String version = field(packaged, "Version");

        output(usr.resolve("lib/ecryptfsj/archive").toString());

        assertThat(names(usr.resolve("lib/ecryptfsj")))
                .filteredOn(name -> name.endsWith(".jsa"))
                .hasSize(2);
        assertThat(output(usr.resolve("bin/ecryptfsd").toString(), "--version")).contains(version);
        assertThat(output(usr.resolve("sbin/mount.ecryptfs").toString(), "--version"))
                .contains(version);
        assertThat(output(usr.resolve("bin/ecryptfs-verify").toString(), "--version"))
                .contains(version);
    }

    @ParameterizedTest
    @MethodSource("debs")
    void lintianFindsNothingThatIsNotReasoned(Path packaged) throws Exception {
        assertThat(output("lintian", "--allow-root", "--tag-display-limit", "0", packaged.toString()))
                .isEmpty();
    }

    @Test
    void rpmlintFindsNothingThatIsNotReasoned() throws Exception {
        assertThat(output(
                        "rpmlint",
                        "-c",
                        ROOT.resolve("packaging/rpm/rpmlint.toml").toString(),
                        rpm().toString()))
                .contains("0 errors, 0 warnings");
    }

    @Test
    void theRpmIsInstalledVerifiedAndErased() throws Exception {
        String root = directory.toString();

        output("rpm", "--root", root, "-i", "--nodeps", "--noscripts", rpm().toString());
        assertThat(output("rpm", "--root", root, "-V", "--nodeps", "ecryptfsj")).isEmpty();
        output("rpm", "--root", root, "-e", "--nodeps", "--noscripts", "ecryptfsj");

        try (Stream<Path> left = Files.walk(directory)) {
            assertThat(left.filter(file -> file.toString().contains("ecryptfs")))
                    .isEmpty();
        }
    }

    @Test
    void theRpmHasAScriptletForEachThingTheDebDoes() throws Exception {
        String scriptlets = output("rpm", "-qp", "--scripts", rpm().toString());

        assertThat(scriptlets)
                .contains(
                        "preinstall scriptlet",
                        "postinstall scriptlet",
                        "preuninstall scriptlet",
                        "postuninstall scriptlet",
                        "posttrans scriptlet")
                .contains(LIBRARY + "archive", "udevadm")
                .containsPattern(UPGRADE);
    }

    @ParameterizedTest
    @MethodSource("debs")
    void anUpgradeStopsOnlyADaemonThatCannotHandOver(Path packaged) throws Exception {
        assertThat(output("dpkg-deb", "-I", packaged.toString(), "postinst")).containsPattern(UPGRADE);
    }

    @ParameterizedTest
    @MethodSource("packages")
    void thePamModuleIsAmongThoseOfTheDistribution(Path packaged) throws Exception {
        String place = isDeb(packaged) ? "/lib/[^/]+-linux-gnu[^/]*" : "/usr/lib(64)?";

        assertThat(entries(packaged).keySet())
                .filteredOn(file -> file.matches(place + "/security/.*"))
                .singleElement()
                .asString()
                .endsWith("/pam_ecryptfs.so");
    }

    @ParameterizedTest
    @MethodSource("debs")
    void theProfileOfPamComesAndGoesWithThePackage(Path packaged) throws Exception {
        assertThat(entries(packaged)).containsKey("/usr/share/pam-configs/ecryptfs-utils");
        assertThat(output("dpkg-deb", "-I", packaged.toString(), "postinst")).contains("pam-auth-update --package\n");
        assertThat(output("dpkg-deb", "-I", packaged.toString(), "prerm"))
                .contains("pam-auth-update --package --remove ecryptfs-utils\n");
    }

    @ParameterizedTest
    @CsvSource({"deb/preinst, install, upgrade", "rpm/pre, 1, 2"})
    void aFirstInstallationNamesTheUsersWhomItConcerns(String script, String first, String upgrade) throws Exception {
        Path scriptlet = ROOT.resolve("packaging").resolve(script);
        String alices = directory.resolve("alice").toString();
        String bobs = directory.resolve("bob").toString();
        Path getent = directory.resolve("getent");
        Files.writeString(
                getent,
                """
                #!/bin/sh
                echo 'alice:x:1:1::%s:/bin/sh'
                echo 'bob:x:2:2::%s:/bin/sh'
                """
                        .formatted(alices, bobs));
        assertThat(getent.toFile().setExecutable(true)).isTrue();
        String path = "PATH=" + directory + ":" + System.getenv("PATH");

        assertThat(output("env", path, "sh", scriptlet.toString(), first)).isEmpty();

        Files.createDirectories(Path.of(alices, ".ecryptfs"));
        assertThat(output("env", path, "sh", scriptlet.toString(), first))
                .startsWith("ecryptfsj: ")
                .contains("(~/.ecryptfs): alice\n", "pam_ecryptfs.so")
                .doesNotContain("bob");
        assertThat(output("env", path, "sh", scriptlet.toString(), upgrade)).isEmpty();
    }

    private static boolean isInItsPlace(String file) {
        return Stream.of(
                                LIBRARY,
                                "/etc/apparmor.d/",
                                "/etc/default/",
                                "/etc/ecryptfsj/",
                                "/etc/init.d/",
                                "/etc/modprobe.d/",
                                "/etc/sysconfig/",
                                "/usr/bin/",
                                "/usr/lib/modules-load.d/",
                                "/usr/lib/systemd/system/",
                                "/usr/lib/systemd/system-sleep/ecryptfsj",
                                "/usr/lib/udev/rules.d/",
                                "/usr/sbin/",
                                "/usr/share/bash-completion/completions/",
                                "/usr/share/doc/ecryptfsj",
                                "/usr/share/ecryptfsj/",
                                "/usr/share/lintian/overrides/",
                                "/usr/share/man/man",
                                "/usr/share/pam-configs/",
                                "/usr/share/zsh/")
                        .anyMatch(file::startsWith)
                || file.matches("(/lib/[^/]+-linux-gnu[^/]*|/usr/lib(64)?)/security/pam_ecryptfs\\.so");
    }

    private static Path rpm() throws IOException {
        return packages().stream()
                .filter(file -> file.toString().endsWith(".rpm"))
                .findFirst()
                .orElseThrow();
    }

    private static boolean isDeb(Path packaged) {
        return packaged.toString().endsWith(".deb");
    }

    private static String field(Path deb, String name) throws Exception {
        return output("dpkg-deb", "-f", deb.toString(), name).strip();
    }

    private static List<String> configuration(Path packaged) throws Exception {
        return isDeb(packaged)
                ? output("dpkg-deb", "-I", packaged.toString(), "conffiles")
                        .lines()
                        .toList()
                : output("rpm", "-qpc", packaged.toString()).lines().toList();
    }

    /** Every entry by its absolute path. */
    private static Map<String, Entry> entries(Path packaged) throws Exception {
        return isDeb(packaged) ? entriesOfDeb(packaged) : entriesOfRpm(packaged);
    }

    private static Map<String, Entry> entriesOfDeb(Path deb) throws Exception {
        Map<String, Entry> entries = new TreeMap<>();
        for (String line : output("dpkg-deb", "-c", deb.toString()).lines().toList()) {
            String[] words = line.split(" +", 6);
            String[] target = words[5].split(" -> ", 2);
            entries.put(
                    target[0].substring(1).replaceFirst("(?<=.)/$", ""),
                    new Entry(words[0], words[1].replace('/', ' '), target.length == 2 ? target[1] : ""));
        }
        return entries;
    }

    private static Map<String, Entry> entriesOfRpm(Path rpm) throws Exception {
        Map<String, Entry> entries = new TreeMap<>();
        String format = "[%{FILEMODES:perms}\\t%{FILEUSERNAME} %{FILEGROUPNAME}\\t%{FILELINKTOS}\\t%{FILENAMES}\\n]";
        for (String line :
                output("rpm", "-qp", "--qf", format, rpm.toString()).lines().toList()) {
            String[] words = line.split("\t", 4);
            entries.put(words[3], new Entry(words[0], words[1], words[2]));
        }
        return entries;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static String output(String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s%n%s", List.of(command), output).isZero();
        return output;
    }
}
