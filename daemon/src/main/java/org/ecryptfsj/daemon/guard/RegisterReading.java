package org.ecryptfsj.daemon.guard;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Result of reading PCRs. */
sealed interface RegisterReading {
    /**
     * They were read.
     *
     * @param values in lowercase hex digits, by PCR number
     */
    record Values(Map<Integer, String> values) implements RegisterReading {
        /** Numbers of the PCRs that have another value than an expected one. */
        Set<Integer> differingFrom(Map<Integer, String> expected) {
            Set<Integer> numbers = new TreeSet<>();
            expected.forEach((number, value) -> {
                if (!value.equals(values.get(number))) {
                    numbers.add(number);
                }
            });
            return numbers;
        }
    }

    /**
     * They were not read.
     *
     * @param reason a clause that continues "PCRs cannot be read: "
     */
    record Failure(String reason) implements RegisterReading {}
}
