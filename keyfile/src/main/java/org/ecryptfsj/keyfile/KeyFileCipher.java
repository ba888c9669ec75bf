package org.ecryptfsj.keyfile;

import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesGcm;
import org.ecryptfsj.libcrypto.HkdfSha256;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;

/**
 * What reading a key file needs of AES-GCM and HKDF (docs/spec/key-file.md, sections 3 and 6): by libcrypto, and where it is
 * missing by the Java runtime, which leaves copies of keys on the heap until that memory is used again.
 */
final class KeyFileCipher {
    private static final String HMAC = "HmacSHA256";

    private KeyFileCipher() {}

    /**
     * Decrypts a message of {@link AesGcm}.
     *
     * @return the plaintext, closed by the caller; empty if anything was changed, or the key is another one
     */
    static Optional<Secret> decrypt(Secret key, byte[] associated, byte[] message) {
        try {
            return new AesGcm().decrypt(key, associated, message);
        } catch (LibcryptoMissingException e) {
            return decryptInJava(key, associated, message);
        }
    }

    static Optional<Secret> decryptInJava(Secret key, byte[] associated, byte[] message) {
        if (message.length < AesGcm.OVERHEAD_BYTES) {
            return Optional.empty();
        }
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            byte[] plain = key.onHeap(bytes -> {
                cipher.init(
                        Cipher.DECRYPT_MODE,
                        new SecretKeySpec(bytes, "AES"),
                        new GCMParameterSpec(Byte.SIZE * AesGcm.TAG_BYTES, message, 0, AesGcm.NONCE_BYTES));
                cipher.updateAAD(associated);
                return cipher.doFinal(message, AesGcm.NONCE_BYTES, message.length - AesGcm.NONCE_BYTES);
            });
            return Optional.of(Secret.takeBytes(plain));
        } catch (AEADBadTagException e) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    /**
     * A key of 32 bytes by HKDF.
     *
     * @return closed by the caller
     */
    static Secret derive(Secret material, byte[] salt, byte[] info) {
        try {
            return new HkdfSha256().derive(material, salt, info);
        } catch (LibcryptoMissingException e) {
            return deriveInJava(material, salt, info);
        }
    }

    static Secret deriveInJava(Secret material, byte[] salt, byte[] info) {
        try {
            Mac extract = Mac.getInstance(HMAC);
            extract.init(new SecretKeySpec(salt, HMAC));
            Mac expand = Mac.getInstance(HMAC);
            try (Secret extracted = Secret.takeBytes(material.onHeap(extract::doFinal))) {
                extracted.<Void, GeneralSecurityException>onHeap(bytes -> {
                    expand.init(new SecretKeySpec(bytes, HMAC));
                    return null;
                });
            }
            expand.update(info);
            expand.update((byte) 1);
            return Secret.takeBytes(expand.doFinal());
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    private static IllegalStateException missing(GeneralSecurityException e) {
        return new IllegalStateException("this Java runtime lacks what every runtime must have", e);
    }
}
