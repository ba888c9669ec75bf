package org.ecryptfsj.daemon.control;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import org.ecryptfsj.kernel.ModprobeException;
import org.ecryptfsj.kernel.ModuleOptions;

/**
 * The time that the kernel lets a process wait for the daemon, as far as it can be known: the module parameter
 * ecryptfs_message_wait_timeout (docs/spec/channel.md, section 1) in modprobe's configuration. The daemon does not use it as a
 * limit, because modprobe's command line may have set another value, and the running module does not show it.
 */
final class KernelTimeout {
    /** The kernel's default, in seconds. */
    private static final long DEFAULT_SECONDS = 3;

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
            return OrderedMaps.of(
                    "configured_s",
                    seconds.orElse(DEFAULT_SECONDS),
                    "set_by",
                    seconds.isPresent() ? "modprobe.d" : "the kernel's default",
                    "note",
                    "modprobe's command line may have set another value, which the running module does not show");
        } catch (ModprobeException e) {
            return OrderedMaps.of("configured_s", "unknown", "note", e.getMessage());
        }
    }
}
