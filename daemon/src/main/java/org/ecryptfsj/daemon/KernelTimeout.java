package org.ecryptfsj.daemon;

import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.ecryptfsj.linux.ModuleOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long the kernel lets a process wait for our answer: the module parameter ecryptfs_message_wait_timeout (spec
 * channel.md, module parameters), as {@link ModuleOptions} find it.
 */
final class KernelTimeout {
    private static final Logger LOG = LoggerFactory.getLogger(KernelTimeout.class);

    /** What the kernel uses when nobody set it. */
    static final Duration DEFAULT = Duration.ofSeconds(3);

    /** However patient the kernel is, nobody should look at a frozen program for longer. */
    static final Duration LONGEST_DEADLINE = Duration.ofSeconds(30);

    private static final String PARAMETER = "ecryptfs_message_wait_timeout";

    private KernelTimeout() {}

    /** The configured timeout, or the kernel's default. */
    static Duration configured() {
        return configured(Path.of("/"));
    }

    static Duration configured(Path root) {
        ModuleOptions options = ModuleOptions.of(root);
        options.unread().forEach(e -> LOG.warn("not everything that sets {} can be read: {}", PARAMETER, e.toString()));
        OptionalLong seconds = options.number(PARAMETER);
        return seconds.isPresent() ? Duration.ofSeconds(seconds.getAsLong()) : DEFAULT;
    }

    /** The time a request may take, so that our answer comes before the kernel gives up. */
    static Duration deadlineBelow(Duration timeout) {
        long millis = timeout.toMillis();
        Duration below = Duration.ofMillis(Math.max(millis / 2, millis - Math.max(500, millis / 10)));
        return below.compareTo(LONGEST_DEADLINE) > 0 ? LONGEST_DEADLINE : below;
    }
}
