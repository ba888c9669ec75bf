package org.ecryptfsj.tools.mount;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The arguments with which mount(8) calls its helpers: {@code LOWER TARGET [-sfnv] [-N NAMESPACE] [-t TYPE] [-o
 * OPTIONS]} (mount(8), "EXTERNAL HELPERS"; docs/spec/mount.md, section 2).
 *
 * @param lower the lower directory, unchanged
 * @param target the mount point, unchanged
 * @param options the values of all -o options, joined; empty if there is no -o
 * @param flags the flags to pass to the second mount(8)
 */
record MountArguments(String lower, String target, Optional<String> options, List<String> flags) {
    private static final String FAKE_FLAG = "-f";
    private static final String VERBOSE_FLAG = "-v";

    /** Flags that are passed to the second mount(8). The namespace is already entered and the type is known. */
    private static final String FORWARDED_FLAGS = "sfnv";

    private static final List<String> WITH_VALUE = List.of("-N", "-t");

    /** Parses the arguments; empty if there are fewer than two. */
    static Optional<MountArguments> read(List<String> arguments) {
        if (arguments.size() < 2) {
            return Optional.empty();
        }
        List<String> lists = new ArrayList<>();
        List<String> flags = new ArrayList<>();
        for (int i = 2; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("-o") && i + 1 < arguments.size()) {
                lists.add(arguments.get(++i));
            } else if (argument.startsWith("-o")) {
                lists.add(argument.substring(2));
            } else if (WITH_VALUE.contains(argument)) {
                i++;
            } else if (argument.matches("-[" + FORWARDED_FLAGS + "]+")) {
                argument.chars().skip(1).forEach(flag -> flags.add("-" + (char) flag));
            }
        }
        return Optional.of(new MountArguments(
                arguments.get(0),
                arguments.get(1),
                lists.isEmpty() ? Optional.empty() : Optional.of(String.join(",", lists)),
                List.copyOf(flags)));
    }

    /** Whether this is a remount; options are compared by prefix, as in the C helper. */
    boolean isRemount() {
        return optionStream().anyMatch(o -> o.startsWith("remount"));
    }

    /** Whether everything except the mount itself is done. */
    boolean isFake() {
        return flags.contains(FAKE_FLAG);
    }

    /** Whether mount(8) was called with -v or the option {@code verbose}. */
    boolean isVerbose() {
        return flags.contains(VERBOSE_FLAG) || optionStream().anyMatch("verbose"::equals);
    }

    private Stream<String> optionStream() {
        return Stream.of(options.orElse("").split(",", -1));
    }
}
