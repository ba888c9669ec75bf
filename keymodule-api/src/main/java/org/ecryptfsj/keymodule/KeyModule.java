package org.ecryptfsj.keymodule;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One kind of key: a passphrase, an RSA key file, a TPM key. The service provider interface: implementations are found by
 * {@link java.util.ServiceLoader} on the class path and in the jars of the module directory.
 *
 * <p>Any thread may call any method at any time. A module keeps no state for its caller. Its caches (contexts, loaded
 * keys) are bounded, and cleared by {@link #lock()}. {@link #wrap} and {@link #unwrap} may block. The caller interrupts the
 * thread when the time limit is reached; then they should soon throw {@code TIMED_OUT}. A constructor should do nothing slow:
 * each module is created at start-up, used or not.
 */
public interface KeyModule extends AutoCloseable {
    /** The module's name in mount options and tokens: 1 to 16 ASCII characters, such as {@code tspi}. */
    String alias();

    /** The parameters of {@link #tokenContents}. */
    List<Parameter> parameters();

    /**
     * Creates the contents of an authentication token from these parameters.
     *
     * @return closed by the caller
     * @throws KeyModuleException BAD_PARAMETER, KEY_NOT_FOUND, SERVICE_UNAVAILABLE...
     */
    TokenContents tokenContents(ParameterValues values) throws KeyModuleException;

    /**
     * Encrypts the payload of a file key: cipher code, FEK and checksum. The module does not interpret it.
     *
     * @param blob from {@link TokenContents.ModuleKey}; owned by the caller
     * @param payload 3 to 67 bytes; owned by the caller
     * @return 1 to 512 bytes, stored in the file's header
     * @throws KeyModuleException with the reason
     */
    byte[] wrap(KeyBlob blob, Secret payload) throws KeyModuleException;

    /**
     * Decrypts the result of {@link #wrap}.
     *
     * @return the payload, closed by the caller
     * @throws KeyModuleException with the reason
     */
    Secret unwrap(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException;

    /**
     * The longest file key in bytes that {@link #wrap} accepts with this key; empty if it accepts all that a mount can use.
     *
     * @throws KeyModuleException with the reason
     */
    default OptionalInt maxKeyBytes(KeyBlob blob) throws KeyModuleException {
        return OptionalInt.empty();
    }

    /**
     * Like {@link #wrap}, but only if that is possible immediately: without waiting for a device, a file or another thread. The
     * daemon calls this first, on the thread that reads requests.
     *
     * @return empty if it is not possible; then {@link #wrap} is called
     * @throws KeyModuleException with the reason
     */
    default Optional<byte[]> wrapAtOnce(KeyBlob blob, Secret payload) throws KeyModuleException {
        return Optional.empty();
    }

    /**
     * Like {@link #unwrap}, but only if that is possible immediately, see {@link #wrapAtOnce}.
     *
     * @return the payload, closed by the caller; empty if it is not possible; then {@link #unwrap} is called
     * @throws KeyModuleException with the reason
     */
    default Optional<Secret> unwrapAtOnce(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        return Optional.empty();
    }

    /** The generator of new keys; empty if this module has none. */
    default Optional<KeyGenerator> generator() {
        return Optional.empty();
    }

    /** The device that protects the keys; empty if there is none. */
    default Optional<KeyDevice> device() {
        return Optional.empty();
    }

    /** Wipes all cached keys and closes contexts; the next call creates them again. */
    default void lock() {}

    /**
     * Loads libraries and opens connections, for which the first request would otherwise wait. No key is known yet. The daemon
     * calls it once, in a separate thread, after it has begun to answer the kernel.
     *
     * @throws KeyModuleException the failure that the first request would see
     */
    default void warmUp() throws KeyModuleException {}

    /** The module's internal state by name, for an administrator; never a secret. */
    default Map<String, String> status() {
        return Map.of();
    }

    /** Frees the module's resources. It is not used afterwards. */
    @Override
    default void close() {
        lock();
    }
}
