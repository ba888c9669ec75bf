package org.ecryptfsj.daemon.guard;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import jnr.constants.platform.Errno;
import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.linux.LinuxException;

/** Keys in a map. A key that is not in it is {@code GONE}. */
final class FakeKernelKeys implements KernelKeys {
    private final Map<Integer, KernelKey.State> states = new HashMap<>();
    private final Set<Integer> irrevocable = new HashSet<>();

    synchronized void set(int serial, KernelKey.State state) {
        states.put(serial, state);
    }

    synchronized void refuseRevoking(int serial) {
        irrevocable.add(serial);
    }

    synchronized KernelKey.State of(int serial) {
        return states.getOrDefault(serial, KernelKey.State.GONE);
    }

    @Override
    public KernelKey.State state(KernelKey key) {
        return of(key.serial());
    }

    @Override
    public synchronized void revoke(KernelKey key) throws LinuxException {
        if (irrevocable.contains(key.serial())) {
            throw new LinuxException("keyctl revoke " + key.serial(), Errno.EACCES);
        }
        states.put(key.serial(), KernelKey.State.REVOKED);
    }
}
