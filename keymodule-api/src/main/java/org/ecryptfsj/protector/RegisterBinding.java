package org.ecryptfsj.protector;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The state of the machine that a file key is bound to, for programs that watch it.
 *
 * @param registers the values of the PCRs that unlocking needs, in lowercase hex digits, by number
 * @param recheck how often a mounted key's PCRs are to be read
 */
public record RegisterBinding(Map<Integer, String> registers, Duration recheck) {
    /** @throws NullPointerException if a component is null */
    public RegisterBinding {
        registers = Collections.unmodifiableMap(new TreeMap<>(registers));
        recheck = Duration.ofNanos(recheck.toNanos());
    }
}
