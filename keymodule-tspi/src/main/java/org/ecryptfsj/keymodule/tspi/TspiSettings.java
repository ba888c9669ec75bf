package org.ecryptfsj.keymodule.tspi;

import java.util.Optional;

/**
 * What a {@link TspiKeyModule} is set up with.
 *
 * @param srkSecret which secret the SRK has, as {@link SrkSecret} describes
 * @param storage where the user's keys are
 * @param queue how many tasks may wait for the TPM
 */
record TspiSettings(Optional<String> srkSecret, UserStorage storage, int queue) {
    /** Twice what the kernel has in flight at most (ecryptfs_message_buf_len). */
    private static final int QUEUE = 64;

    static TspiSettings ofThisProcess() {
        return new TspiSettings(SrkSecret.setting(), UserStorage.ofThisProcess(), QUEUE);
    }
}
