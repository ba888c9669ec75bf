package org.ecryptfsj.daemon;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map that keeps the order its pairs are written in, so that a status or a help text reads the same every time. */
final class Ordered {
    private Ordered() {}

    static Map<String, Object> of(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }

    static Map<String, String> texts(String... pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
