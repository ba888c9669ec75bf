package org.ecryptfsj.daemon;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import org.ecryptfsj.kernel.ModprobeException;
import org.ecryptfsj.kernel.ModuleOptions;

/**
 * What can be known of the time that the kernel lets a process wait for the daemon: the module parameter
 * ecryptfs_message_wait_timeout (docs/spec/channel.md, section 1) as modprobe's configuration sets it. It is no limit of the
 * daemon's, which cannot know it: it may have been given on modprobe's command line, and the running module does not show it.
 */
final class KernelTimeout {
    /** What the kernel uses when nobody set it, in seconds. */
    private static final long DEFAULT = 3;

    private static final String PARAMETER = "ecryptfs_message_wait_timeout";

    private KernelTimeout() {}

    /**
     * For {@code ecryptfsctl status}, by name.
     *
     * @param root of the machine's file system
     */
    static Map<String, Object> describe(Path root) {
        try {
            OptionalLong seconds = ModuleOptions.of(root).number(PARAMETER);
            return Ordered.of(
                    "configured_s",
                    seconds.orElse(DEFAULT),
                    "set_by",
                    seconds.isPresent() ? "modprobe.d" : "the kernel's default",
                    "note",
                    "modprobe's command line may have set another; the running module does not tell");
        } catch (ModprobeException e) {
            return Ordered.of("configured_s", "unknown", "note", e.getMessage());
        }
    }
}
