package org.ecryptfsj.keymodule.tspi;

import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.keymodule.tspi.envelope.KekStore;

/**
 * What a {@link TspiKeyModule} is set up with.
 *
 * @param srkSecret which secret the SRK has, as {@link SrkSecret} describes
 * @param storage where the user's keys are
 * @param ofTcsd where tcsd keeps the SRK, if that is on this machine
 * @param keks where sealed KEKs are
 * @param queue how many tasks may wait for the TPM
 */
record TspiSettings(
        Optional<String> srkSecret, UserKeyStorage storage, Optional<TcsdKeyStorage> tcsdStorage, KekStore keks, int queue) {
    /** Twice what the kernel has in flight at most (ecryptfs_message_buf_len). */
    private static final int QUEUE = 64;

    /** Names the directory of sealed KEKs; without it that is {@code .ecryptfs/kek} in the home directory. */
    static final String KEK_VARIABLE = "ECRYPTFSJ_KEK_DIR";

    static TspiSettings ofThisProcess() {
        return new TspiSettings(
                SrkSecret.setting(),
                UserKeyStorage.ofThisProcess(),
                TcsdKeyStorage.ofThisProcess(),
                new KekStore(kekDirectory()),
                QUEUE);
    }

    private static Path kekDirectory() {
        String configured = System.getenv(KEK_VARIABLE);
        return configured == null || configured.isEmpty()
                ? UserKeyStorage.home().resolve(".ecryptfs").resolve("kek")
                : Path.of(configured);
    }
}
