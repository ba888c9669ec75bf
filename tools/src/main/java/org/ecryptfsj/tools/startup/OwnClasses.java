package org.ecryptfsj.tools.startup;

import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

/** The classes of this program in the jars of the class path. */
final class OwnClasses {
    private static final String PACKAGE = "org/ecryptfsj/";
    private static final String SUFFIX = ".class";

    private OwnClasses() {}

    /** Loads them all, without initializing them. */
    static void load() throws IOException {
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (path.endsWith(".jar")) {
                for (String name : names(path)) {
                    load(name);
                }
            }
        }
    }

    private static List<String> names(String jarPath) throws IOException {
        try (JarFile jar = new JarFile(jarPath)) {
            return jar.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.startsWith(PACKAGE) && name.endsWith(SUFFIX))
                    .map(name ->
                            name.substring(0, name.length() - SUFFIX.length()).replace('/', '.'))
                    .toList();
        }
    }

    private static void load(String name) {
        try {
            Class.forName(name, false, OwnClasses.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            // A class whose library is not in this kind of installation is not needed in its archive either.
            System.err.println(name + " is not in the archive: " + e);
        }
    }
}
