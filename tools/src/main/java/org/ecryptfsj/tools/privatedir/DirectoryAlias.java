package org.ecryptfsj.tools.privatedir;

import java.util.regex.Pattern;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The alias of a private directory. It names the configuration files in {@code ~/.ecryptfs} and the session counter.
 */
record DirectoryAlias(String name) {
    /** The default alias, with the directories {@code ~/.Private} and {@code ~/Private}. */
    static final DirectoryAlias DEFAULT = new DirectoryAlias("Private");

    /** Slashes and two dots would lead to other directories. */
    private static final Pattern REFUSED = Pattern.compile("\\.\\.|[/\\x00-\\x1f\\x7f]");

    /** @throws ToolFailure if the alias is empty or contains a slash, two dots or a control character */
    static DirectoryAlias of(String name) throws ToolFailure {
        if (name.isEmpty() || REFUSED.matcher(name).find()) {
            throw new ToolFailure(
                    1,
                    "Invalid alias",
                    "give an ALIAS for which ~/.ecryptfs/ALIAS.conf and ~/.ecryptfs/ALIAS.sig exist");
        }
        return new DirectoryAlias(name);
    }

    boolean isDefault() {
        return equals(DEFAULT);
    }
}
