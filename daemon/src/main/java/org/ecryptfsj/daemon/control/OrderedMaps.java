package org.ecryptfsj.daemon.control;

import java.util.LinkedHashMap;
import java.util.Map;

/** Maps in the order in which their pairs are written, so that a status or a help text is the same every time. */
public final class OrderedMaps {
    private OrderedMaps() {}

    /** A map of names to values, given in turn. */
    public static Map<String, Object> of(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }

    /** A map of names to texts, given in turn. */
    public static Map<String, String> texts(String... pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
