package org.ecryptfsj.keymodule;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One kind of key: a passphrase, an RSA key file, a TPM key. This is the service provider interface: {@link
 * java.util.ServiceLoader} finds the implementations on the class path and in the jars of the module directory.
 *
 * <p>Any thread may call any method at any time, and several threads may call at once. A module keeps no state for its caller.
 * What it caches (contexts, loaded keys) is its own, has a limited size, and is wiped by {@link #lock()}. {@link #wrap} and
 * {@link #unwrap} may block. If the calling thread is interrupted, its time is over, and they should soon fail with {@code
 * TIMED_OUT}. The constructor should do nothing slow: every module is constructed at the start, whether it is used or not.
 */
public interface KeyModule extends AutoCloseable {
    /**
     * The module's name in mount options and tokens.
     *
     * @return 1 to 16 ASCII characters, such as {@code tspi}
     */
    String alias();

    /**
     * The parameters of {@link #tokenContents}.
     *
     * @return the parameters, in the order of their prompts
     */
    List<Parameter> parameters();

    /**
     * Makes the contents of an authentication token, at the mount.
     *
     * @param values values of the parameters; owned by the caller
     * @return the contents, closed by the caller
     * @throws KeyModuleException BAD_PARAMETER, KEY_NOT_FOUND, SERVICE_UNAVAILABLE...
     */
    TokenContents tokenContents(ParameterValues values) throws KeyModuleException;

    /**
     * Encrypts a payload: cipher code, file key (FEK) and checksum. The module does not interpret it.
     *
     * @param blob from {@link TokenContents.ModuleKey}; owned by the caller
     * @param payload 3 to 67 bytes; owned by the caller
     * @return the encrypted payload, 1 to 512 bytes, stored in the file's header
     * @throws KeyModuleException with the reason
     */
    byte[] wrap(KeyBlob blob, Secret payload) throws KeyModuleException;

    /**
     * Decrypts a payload that {@link #wrap} encrypted.
     *
     * @param blob from {@link TokenContents.ModuleKey}; owned by the caller
     * @param encryptedKey from the file's header: anyone who can write the file can have made it
     * @return the payload, closed by the caller
     * @throws KeyModuleException with the reason
     */
    Secret unwrap(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException;

    /**
     * The length of the longest file key that {@link #wrap} accepts with this key.
     *
     * @param blob from {@link TokenContents.ModuleKey}; owned by the caller
     * @return bytes; empty if every file key of a mount is accepted
     * @throws KeyModuleException with the reason
     */
    default OptionalInt maxKeyBytes(KeyBlob blob) throws KeyModuleException {
        return OptionalInt.empty();
    }

    /**
     * Does the same as {@link #wrap}, but only if it needs to wait for no device, no file and no other thread. The daemon tries
     * this first, in the thread that reads requests.
     *
     * @param blob from {@link TokenContents.ModuleKey}; owned by the caller
     * @param payload 3 to 67 bytes; owned by the caller
     * @return the encrypted payload; empty if it would have to wait, then {@link #wrap} is called
     * @throws KeyModuleException with the reason
     */
    default Optional<byte[]> wrapAtOnce(KeyBlob blob, Secret payload) throws KeyModuleException {
        return Optional.empty();
    }

    /**
     * Does the same as {@link #unwrap}, under the condition of {@link #wrapAtOnce}.
     *
     * @param blob from {@link TokenContents.ModuleKey}; owned by the caller
     * @param encryptedKey from the file's header
     * @return the payload, closed by the caller; empty if it would have to wait, then {@link #unwrap} is called
     * @throws KeyModuleException with the reason
     */
    default Optional<Secret> unwrapAtOnce(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        return Optional.empty();
    }

    /**
     * The generator of new keys.
     *
     * @return the generator; empty if this module makes no keys
     */
    default Optional<KeyGenerator> generator() {
        return Optional.empty();
    }

    /**
     * The device that holds the keys.
     *
     * @return the device; empty if there is none
     */
    default Optional<KeyDevice> device() {
        return Optional.empty();
    }

    /** Wipes every cached key and closes every context. The next use loads them again. */
    default void lock() {}

    /**
     * Loads what the first request would otherwise wait for: libraries, connections. No key is known yet. The daemon calls this
     * once, in a thread of its own, after it has begun to answer the kernel.
     *
     * @throws KeyModuleException the failure that the first request would meet
     */
    default void warmUp() throws KeyModuleException {}

    /**
     * The module's state, for {@code ecryptfsctl status}. It contains no secret.
     *
     * @return names and values
     */
    default Map<String, String> status() {
        return Map.of();
    }

    /** Frees the module's resources. The module is not used afterwards. */
    @Override
    default void close() {
        lock();
    }
}
