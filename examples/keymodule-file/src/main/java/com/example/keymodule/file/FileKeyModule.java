package com.example.keymodule.file;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.TokenContents;

/**
 * An example: encrypts file keys with AES key wrap with padding (RFC 5649), under a key of 32 random bytes in a file. The
 * alias is {@code file}, the mount parameter {@code file_key} names the file. The token holds the file's absolute path, in
 * UTF-8, and no secret.
 *
 * <p>What a module for daily use does better: the AES of the Java runtime copies its key to the heap, where the copy stays
 * until the garbage collector overwrites it. Envelope mode of the tspi module uses libcrypto for this reason.
 */
public final class FileKeyModule implements KeyModule {
    private static final String KEY_FILE = "file_key";

    /** Two blocks of 8 bytes (RFC 5649, section 4.1). */
    private static final int LEAST_ENCRYPTED_BYTES = 16;

    private static final byte[] SIGNED = "ecryptfsj example: file".getBytes(StandardCharsets.US_ASCII);

    /** For {@link java.util.ServiceLoader}. */
    public FileKeyModule() {}

    @Override
    public String alias() {
        return "file";
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(Parameter.asked(KEY_FILE, "Key file", true));
    }

    /**
     * The token of a key file. The key is read, so that a wrong path is reported at the mount.
     *
     * @throws KeyModuleException BAD_PARAMETER, KEY_NOT_FOUND, KEY_UNUSABLE
     */
    @Override
    public TokenContents tokenContents(ParameterValues values) throws KeyModuleException {
        String name = values.text(KEY_FILE)
                .orElseThrow(() -> new KeyModuleException(
                        Reason.BAD_PARAMETER, KEY_FILE + " is missing", "Name the file with the key."));
        // The daemon has another working directory.
        Path file = path(name, Reason.BAD_PARAMETER).toAbsolutePath();
        try (Secret key = KeyFile.read(file)) {
            byte[] path = file.toString().getBytes(StandardCharsets.UTF_8);
            return new TokenContents.ModuleKey(signature(key), KeyBlob.copyOf(ByteBuffer.wrap(path)));
        }
    }

    @Override
    public byte[] wrap(KeyBlob blob, Secret payload) throws KeyModuleException {
        Path file = path(blob);
        try (Secret key = KeyFile.read(file)) {
            return payload.onHeap(plain -> keyWrap(Cipher.ENCRYPT_MODE, key, plain));
        } catch (GeneralSecurityException e) {
            throw new KeyModuleException(
                    Reason.FAILED, "the key in " + file + " cannot encrypt a file key: " + e.getMessage(), "", 0, e);
        }
    }

    @Override
    public Secret unwrap(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        Path file = path(blob);
        try (Secret key = KeyFile.read(file)) {
            // The Java runtime's key wrap throws unchecked exceptions for shorter input.
            if (encryptedKey.length < LEAST_ENCRYPTED_BYTES) {
                throw notDecrypted(file, null);
            }
            return Secret.takeBytes(keyWrap(Cipher.DECRYPT_MODE, key, encryptedKey));
        } catch (GeneralSecurityException e) {
            throw notDecrypted(file, e);
        }
    }

    private static KeyModuleException notDecrypted(Path file, GeneralSecurityException cause) {
        return new KeyModuleException(
                Reason.BAD_DATA,
                "the key in " + file + " does not decrypt this file key",
                "Restore the key with which the file was written, or the file.",
                0,
                cause);
    }

    private static byte[] keyWrap(int mode, Secret key, byte[] input) throws GeneralSecurityException {
        return key.onHeap(bytes -> {
            Cipher cipher = Cipher.getInstance("AES/KWP/NoPadding");
            cipher.init(mode, new SecretKeySpec(bytes, "AES"));
            return cipher.doFinal(input);
        });
    }

    /** The signature is in every file's header: it names the key and says nothing about its bytes. */
    private static Signature signature(Secret key) {
        byte[] digest = key.onHeap(bytes -> {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(bytes, mac.getAlgorithm()));
                return mac.doFinal(SIGNED);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every Java runtime has HmacSHA256", e);
            }
        });
        return Signature.ofFirstBytes(digest);
    }

    /** Anyone who may use the keyring can have made the token, so its contents are checked. */
    private static Path path(KeyBlob blob) throws KeyModuleException {
        String name = StandardCharsets.UTF_8.decode(blob.buffer()).toString();
        Path file = path(name, Reason.BAD_DATA);
        if (!file.isAbsolute()) {
            throw new KeyModuleException(
                    Reason.BAD_DATA, "the token names no absolute path: \"" + name + "\"", "Mount again.");
        }
        return file;
    }

    private static Path path(String name, Reason reason) throws KeyModuleException {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new KeyModuleException(
                    reason, "\"" + name + "\" is not a file name: " + e.getReason(), "Check " + KEY_FILE + ".", 0, e);
        }
    }
}
