package org.ecryptfsj.tools.offline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.Signature;

/**
 * How many files and names each key opens, by its signature. A tree can name any number of signatures, so only the first {@value
 * #MAX_SIGNATURES} are counted one by one, and the others together.
 */
final class SignatureCounts {
    /** The number of signatures that are counted one by one. */
    static final int MAX_SIGNATURES = 1000;

    private final Map<String, Uses> bySignature = new TreeMap<>();
    private final Uses others = new Uses();

    private static final class Uses {
        private long files;
        private long names;
    }

    /** @param signatures of the keys of a file; one that occurs twice counts once */
    void file(Stream<Signature> signatures) {
        signatures
                .collect(LinkedHashSet<Signature>::new, LinkedHashSet::add, LinkedHashSet::addAll)
                .forEach(signature -> uses(signature).files++);
    }

    /** @param signature of the key of a name or of a symbolic link's target */
    void name(Signature signature) {
        uses(signature).names++;
    }

    private Uses uses(Signature signature) {
        Uses known = bySignature.get(signature.hex());
        if (known != null) {
            return known;
        }
        if (bySignature.size() == MAX_SIGNATURES) {
            return others;
        }
        Uses first = new Uses();
        bySignature.put(signature.hex(), first);
        return first;
    }

    /** One line for each signature, for people. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        bySignature.forEach((signature, uses) -> lines.add(counts(uses) + " under key " + signature));
        if (others.files + others.names > 0) {
            lines.add(counts(others) + " under other keys");
        }
        return lines;
    }

    private static String counts(Uses uses) {
        String files = uses.files + " files";
        String names = uses.names + " names";
        return uses.names == 0 ? files : uses.files == 0 ? names : files + " and " + names;
    }

    /** The counts by signature, as JSON objects. */
    List<Map<String, Object>> json() {
        List<Map<String, Object>> all = new ArrayList<>();
        bySignature.forEach((signature, uses) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("signature", signature);
            one.putAll(json(uses));
            all.add(one);
        });
        return all;
    }

    /** The counts of all further signatures. */
    Map<String, Object> othersJson() {
        return json(others);
    }

    private static Map<String, Object> json(Uses uses) {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("files", uses.files);
        counts.put("names", uses.names);
        return counts;
    }
}
