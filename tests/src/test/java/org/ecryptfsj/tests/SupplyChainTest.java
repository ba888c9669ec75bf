package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What others made and the runnable tree brings along: which, under which licence, and the very bytes that were looked at. */
class SupplyChainTest {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));
    private static final Path CHECKSUMS = ROOT.resolve("packaging/checksums.sha256");
    private static final Path TREE = ROOT.resolve("packaging/target/dist");
    private static final Path JARS = TREE.resolve("lib/jars");
    private static final Path DOC = TREE.resolve("share/doc/ecryptfsj");

    /** One of a component's licences is enough: its others are for the user to choose. */
    private static final Set<String> ACCEPTED =
            Set.of("Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "EPL-2.0", "Bouncy Castle Licence");

    @Test
    void everyForeignJarHasTheBytesThatWereLookedAt() throws IOException {
        Map<String, String> known = checksums();
        Map<String, String> found = new TreeMap<>();
        for (String jar : foreignJars()) {
            found.put(jar, sha256(JARS.resolve(jar)));
        }

        assertThat(found).isNotEmpty();
        assertThat(known)
                .as(
                        "after looking at what is new: (cd packaging/target/dist/lib/jars && sha256sum ...) > %s",
                        CHECKSUMS)
                .containsAllEntriesOf(found);
    }

    @Test
    void theListOfComponentsNamesEveryJarAndItsBytes() throws IOException {
        Map<String, String> listed = new TreeMap<>();
        for (Component component : components()) {
            listed.put(component.jar(), component.sha256());
        }

        for (String jar : foreignJars()) {
            assertThat(listed).containsEntry(jar, sha256(JARS.resolve(jar)));
        }
        // Those of which the tree has a part are among these.
        assertThat(listed).containsAllEntriesOf(checksums());
    }

    @Test
    void everyComponentHasALicenceThatIsAccepted() throws IOException {
        for (Component component : components()) {
            if (!component.isOurs()) {
                assertThat(component.licences()).as(component.jar()).containsAnyElementsOf(ACCEPTED);
            }
        }
    }

    @Test
    void peopleCanReadWhichLicencesThereAre() throws IOException {
        String text = Files.readString(DOC.resolve("third-party.txt"));
        for (Component component : components()) {
            if (!component.isOurs()) {
                assertThat(text).contains(component.group() + ":" + component.name() + ":" + component.version());
            }
        }
    }

    private record Component(
            String group, String name, String version, String classifier, String sha256, List<String> licences) {
        boolean isOurs() {
            return group.equals("org.ecryptfsj");
        }

        String jar() {
            return name + "-" + version + classifier + ".jar";
        }
    }

    /** As CycloneDX 1.6 writes them. */
    private static List<Component> components() throws IOException {
        Map<String, Object> document = JSON.std.mapFrom(Files.readString(DOC.resolve("components.cdx.json")));
        List<Component> components =
                entries(document, "components").map(SupplyChainTest::component).toList();
        assertThat(components).isNotEmpty();
        return components;
    }

    private static Component component(Map<String, Object> entry) {
        String purl = (String) entry.get("purl");
        return new Component(
                (String) entry.get("group"),
                (String) entry.get("name"),
                (String) entry.get("version"),
                purl.contains("classifier=") ? "-" + purl.replaceFirst(".*classifier=([^&]*).*", "$1") : "",
                entries(entry, "hashes")
                        .filter(hash -> hash.get("alg").equals("SHA-256"))
                        .map(hash -> (String) hash.get("content"))
                        .collect(Collectors.joining()),
                entries(entry, "licenses").map(SupplyChainTest::licence).toList());
    }

    private static String licence(Map<String, Object> entry) {
        if (entry.get("license") instanceof Map<?, ?> licence) {
            return String.valueOf(licence.containsKey("id") ? licence.get("id") : licence.get("name"));
        }
        return String.valueOf(entry.get("expression"));
    }

    @SuppressWarnings("unchecked") // what JSON objects are read as
    private static Stream<Map<String, Object>> entries(Map<String, Object> object, String field) {
        List<Object> list = (List<Object>) object.getOrDefault(field, List.of());
        return list.stream().map(each -> (Map<String, Object>) each);
    }

    private static Set<String> foreignJars() throws IOException {
        try (Stream<Path> jars = Files.list(JARS)) {
            return jars.map(jar -> jar.getFileName().toString())
                    .filter(name -> !name.startsWith("ecryptfsj-"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Lines of sha256sum: 64 hex digits, two spaces, the name. */
    private static Map<String, String> checksums() throws IOException {
        return Files.readAllLines(CHECKSUMS).stream()
                .collect(Collectors.toMap(line -> line.substring(66), line -> line.substring(0, 64)));
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
