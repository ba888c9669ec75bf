package org.ecryptfsj.daemon.control;

import java.util.List;
import java.util.Map;
import org.ecryptfsj.daemon.guard.LockResult;
import org.ecryptfsj.daemon.guard.MountState;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.linux.ByteText;

/** Guarded mounts in the answers of the control socket. */
final class GuardDocument {
    private GuardDocument() {}

    /** What the status shows of guarded mounts. */
    static List<Object> states(List<MountState> states) {
        return states.stream().<Object>map(GuardDocument::state).toList();
    }

    private static Map<String, Object> state(MountState state) {
        Map<String, Object> shown = mount(state.mount());
        state.mount().watched().ifPresent(watched -> {
            shown.put("protector", watched.protectorType());
            shown.put("pcrs", List.copyOf(watched.values().keySet()));
            shown.put("recheck_seconds", watched.recheck().toSeconds());
        });
        shown.put("state", state.condition().toString());
        state.unreadable().ifPresent(unreadable -> {
            shown.put("unreadable_since", unreadable.since().toString());
            shown.put("reason", unreadable.reason());
        });
        return shown;
    }

    /** What the answer to {@code lock} shows of mounts. */
    static Map<String, Object> revoked(LockResult lock) {
        Map<String, Object> document = OrderedMaps.of("revoked", revoked(lock.revoked()));
        if (!lock.failures().isEmpty()) {
            document.put("error", String.join("; ", lock.failures()));
        }
        return document;
    }

    private static List<Object> revoked(List<GuardedMount> mounts) {
        return mounts.stream()
                .<Object>map(mount -> {
                    Map<String, Object> shown = mount(mount);
                    shown.put("to_unlock", "umount " + shown.get("mount_point") + ", then mount it again");
                    return shown;
                })
                .toList();
    }

    private static Map<String, Object> mount(GuardedMount mount) {
        return OrderedMaps.of(
                "mount_point",
                ByteText.printable(mount.mountPoint()),
                "lower",
                ByteText.printable(mount.lower()),
                "key_file",
                mount.keyFile().map(ByteText::printable).orElse("none"));
    }
}
