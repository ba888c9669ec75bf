package org.ecryptfsj.tools.privatedir;

import java.util.regex.Pattern;
import org.ecryptfsj.tools.command.ToolFailure;

/** The name of a private directory: of its files in {@code ~/.ecryptfs}, and of its counter. */
record DirectoryAlias(String name) {
    /** The one that has its places by itself: {@code ~/.Private} and {@code ~/Private}. */
    static final DirectoryAlias PRIVATE = new DirectoryAlias("Private");

    /** A slash would reach other directories, as would two dots. */
    private static final Pattern REFUSED = Pattern.compile("\\.\\.|[/\\x00-\\x1f\\x7f]");

    /** @throws ToolFailure if it is no plain name */
    static DirectoryAlias of(String name) throws ToolFailure {
        if (name.isEmpty() || REFUSED.matcher(name).find()) {
            throw new ToolFailure(
                    1,
                    "Invalid alias",
                    "name one of your own: ALIAS, with ~/.ecryptfs/ALIAS.conf and ~/.ecryptfs/ALIAS.sig");
        }
        return new DirectoryAlias(name);
    }

    boolean isPrivate() {
        return equals(PRIVATE);
    }
}
