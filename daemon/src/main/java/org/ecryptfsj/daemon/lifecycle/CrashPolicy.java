package org.ecryptfsj.daemon.lifecycle;

import org.ecryptfsj.netlink.InFlightStore;

/**
 * Treatment of a request that an earlier process had read and not answered when it ended, by the number of later processes that
 * tried to answer it and crashed too.
 */
final class CrashPolicy {
    /** The process that read the request and the next one have crashed: the request may be the cause. */
    private static final int SUSPECT_AFTER = 1;

    /** Two more processes have crashed while they answered this request alone. */
    private static final int POISON_AFTER = 3;

    private CrashPolicy() {}

    /** Treatment of one request. */
    enum Treatment {
        /** It is answered together with others. */
        NORMAL,
        /** It was in flight during two crashes: it is answered in isolation, so that a further crash identifies its cause. */
        SUSPECT,
        /** It causes crashes: it is refused. */
        POISON
    }

    static Treatment of(InFlightStore.Entry entry) {
        if (entry.attempts() < SUSPECT_AFTER) {
            return Treatment.NORMAL;
        }
        return entry.attempts() < POISON_AFTER ? Treatment.SUSPECT : Treatment.POISON;
    }
}
