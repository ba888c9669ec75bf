package org.ecryptfsj.keymodule.tspi;

import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.keymodule.tspi.envelope.KekStore;

/**
 * The configuration of a {@link TspiKeyModule}.
 *
 * @param srkSecret the setting of the SRK's secret, see {@link SrkSecret}
 * @param storage of the user's keys
 * @param tcsdStorage of tcsd's SRK, if tcsd is on this machine
 * @param keks the store of sealed KEKs
 * @param queue the largest number of tasks that wait for the TPM
 */
record TspiSettings(
        Optional<String> srkSecret,
        UserKeyStorage storage,
        Optional<TcsdKeyStorage> tcsdStorage,
        KekStore keks,
        int queue) {
    /** Twice the kernel's limit of requests in flight (ecryptfs_message_buf_len). */
    private static final int QUEUE = 64;

    /** The environment variable with the directory of sealed KEKs, by default {@code .ecryptfs/kek} in the home directory. */
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
