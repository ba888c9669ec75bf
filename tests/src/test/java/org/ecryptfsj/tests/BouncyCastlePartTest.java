package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The tree has a part of Bouncy Castle: all that the program can reach, and less than a quarter of the whole. */
class BouncyCastlePartTest {
    private static final Path JARS = Path.of(System.getProperty("repository.root"), "packaging/target/dist/lib/jars");
    private static final String BOUNCY_CASTLE = "org.bouncycastle.";
    private static final int CLASSES_OF_THE_WHOLE = 8000;

    private static JavaClasses inTree;

    @BeforeAll
    static void readTheTree() throws Exception {
        inTree = classes();
    }

    @Test
    void everyClassThatTheProgramCanReachIsInTheTree() {
        Set<String> missing = new TreeSet<>();
        Set<String> reached = new HashSet<>();
        Deque<JavaClass> open = new ArrayDeque<>();
        inTree.stream()
                .filter(each -> each.getName().startsWith("org.ecryptfsj."))
                .forEach(open::add);
        while (!open.isEmpty()) {
            JavaClass user = open.pop();
            for (Dependency dependency : user.getDirectDependenciesFromSelf()) {
                JavaClass used = dependency.getTargetClass().getBaseComponentType();
                if (!used.getName().startsWith(BOUNCY_CASTLE) || !reached.add(used.getName())) {
                    continue;
                }
                if (inTree.contain(used.getName())) {
                    open.add(inTree.get(used.getName()));
                } else {
                    missing.add(used.getName() + ", of which " + user.getName() + " makes use");
                }
            }
        }

        assertThat(reached).as("reached of Bouncy Castle").hasSizeGreaterThan(300);
        assertThat(missing).as("add their packages to bouncycastle/pom.xml").isEmpty();
    }

    @Test
    void mostOfBouncyCastleIsNotInTheTree() {
        assertThat(inTree.stream().filter(each -> each.getName().startsWith(BOUNCY_CASTLE)))
                .hasSizeLessThan(CLASSES_OF_THE_WHOLE / 4);
    }

    private static JavaClasses classes() throws Exception {
        List<JarFile> ours = new ArrayList<>();
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(JARS, "ecryptfsj-*.jar")) {
            for (Path jar : jars) {
                ours.add(new JarFile(jar.toFile()));
            }
            return new ClassFileImporter().importJars(ours);
        } finally {
            for (JarFile jar : ours) {
                jar.close();
            }
        }
    }
}
