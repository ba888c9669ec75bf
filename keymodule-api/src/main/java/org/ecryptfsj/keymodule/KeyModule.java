package org.ecryptfsj.keymodule;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One kind of key: a passphrase, an RSA key file, a TPM key. The service provider interface: implementations are found by
 * {@link java.util.ServiceLoader} on the class path and in the jars of the module directory.
 *
 * <p>Any thread may call any method at any time. A module keeps no state for its caller; what it caches (contexts, loaded
 * keys) is its own, bounded, and dropped by {@link #lock()}. {@link #wrap} and {@link #unwrap} may block; when the
 * caller's thread is interrupted its time is over, and they should give up soon with {@code TIMED_OUT}. A module should
 * do nothing slow in its constructor: it is made at start-up, used or not.
 */
public interface KeyModule extends AutoCloseable {
    /** The module's name in mount options and tokens: 1 to 16 ASCII characters, such as {@code tspi}. */
    String alias();

    /** What {@link #credential} needs to be given. */
    List<Parameter> parameters();

    /**
     * The token's contents for these parameters.
     *
     * @return closed by the caller
     * @throws KeyModuleException BAD_PARAMETER, KEY_NOT_FOUND, SERVICE_UNAVAILABLE...
     */
    TokenContents credential(ParameterValues values) throws KeyModuleException;

    /**
     * Encrypts a file key payload: cipher code, FEK and checksum, which the module does not interpret.
     *
     * @param blob from {@link TokenContents.ModuleKey}; owned by the caller
     * @param payload 3 to 67 bytes; owned by the caller
     * @return 1 to 512 bytes, stored in the file's header
     * @throws KeyModuleException with the reason
     */
    byte[] wrap(KeyBlob blob, Secret payload) throws KeyModuleException;

    /**
     * Decrypts what {@link #wrap} made.
     *
     * @return the payload, closed by the caller
     * @throws KeyModuleException with the reason
     */
    Secret unwrap(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException;

    /**
     * The longest file key that {@link #wrap} takes with this key, where that may be less than a mount can ask for.
     *
     * @throws KeyModuleException with the reason
     */
    default OptionalInt maxKeyBytes(KeyBlob blob) throws KeyModuleException {
        return OptionalInt.empty();
    }

    /**
     * Like {@link #wrap}, if that can be done at once: without waiting for a device, a file or another thread. The daemon
     * asks this first, from the thread that reads requests.
     *
     * @return empty if it cannot; then {@link #wrap} is called
     * @throws KeyModuleException with the reason
     */
    default Optional<byte[]> wrapAtOnce(KeyBlob blob, Secret payload) throws KeyModuleException {
        return Optional.empty();
    }

    /**
     * Like {@link #unwrap}, if that can be done at once, as {@link #wrapAtOnce}.
     *
     * @return the payload, closed by the caller; empty if it cannot, then {@link #unwrap} is called
     * @throws KeyModuleException with the reason
     */
    default Optional<Secret> unwrapAtOnce(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        return Optional.empty();
    }

    /** Makes new keys, if this module can. */
    default Optional<KeyGenerator> generator() {
        return Optional.empty();
    }

    /** The device that guards the keys, if there is one. */
    default Optional<KeyDevice> device() {
        return Optional.empty();
    }

    /** Drops every cached key and context; the next use sets them up again. */
    default void lock() {}

    /**
     * Loads what the first request would otherwise wait for: libraries, connections. No key is at hand yet. The daemon calls
     * it once, in a thread of its own, when it answers the kernel already.
     *
     * @throws KeyModuleException what the first request would fail with, if nothing changes until then
     */
    default void warmUp() throws KeyModuleException {}

    /** What an administrator may want to see of the module's inside, by name; never a secret. */
    default Map<String, String> status() {
        return Map.of();
    }

    /** Frees what the module holds. It is not used afterwards. */
    @Override
    default void close() {
        lock();
    }
}
