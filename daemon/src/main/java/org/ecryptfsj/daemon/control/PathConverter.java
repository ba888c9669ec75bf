package org.ecryptfsj.daemon.control;

import java.nio.file.Path;
import org.ecryptfsj.linux.ByteText;
import picocli.CommandLine.ITypeConverter;

/**
 * Converts an argument to a path. A class and no lambda: the JVM archives no interface of picocli that a lambda implements, and
 * none of picocli's classes that implement it then, which makes each start slower.
 */
public final class PathConverter implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
        return ByteText.path(value);
    }
}
