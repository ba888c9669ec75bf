package org.ecryptfsj.tools.privatedir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The keys of a private directory, as {@code ~/.ecryptfs/ALIAS.sig} names them: the first line that of the contents, the
 * second, if there is one, that of the file names (docs/spec/auth-tok.md, section 7).
 */
record DirectorySignatures(Signature contents, Optional<Signature> names) {
    private static final int MAX_SIGNATURES = 2;

    /**
     * @param file where the text is from
     * @throws ToolFailure if it is not one or two signatures
     */
    static DirectorySignatures parse(String text, Path file) throws ToolFailure {
        List<String> lines =
                text.lines().map(line -> line.strip().toLowerCase(Locale.ROOT)).toList();
        List<Signature> found = new ArrayList<>();
        for (String line : lines) {
            if (line.isEmpty() && !found.isEmpty()) {
                continue;
            }
            if (found.size() == MAX_SIGNATURES || !line.matches("[0-9a-f]{16}")) {
                throw invalid(file);
            }
            found.add(new Signature(line));
        }
        if (found.isEmpty()) {
            throw invalid(file);
        }
        return new DirectorySignatures(found.get(0), found.size() == MAX_SIGNATURES ? Optional.of(found.get(1)) : Optional.empty());
    }

    private static ToolFailure invalid(Path file) {
        return new ToolFailure(
                1,
                "Invalid hex signature in " + file,
                "it has one line of 16 hex digits, or two if file names are encrypted: ecryptfs-setup-private writes it");
    }

    List<Signature> all() {
        List<Signature> all = new ArrayList<>(List.of(contents));
        names.ifPresent(all::add);
        return List.copyOf(all);
    }
}
