package org.ecryptfsj.keymodule.openssl;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.openssl.PemPassphrase.UnsupportedCipher;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tree.Trust;
import org.ecryptfsj.tree.UntrustedFileException;

/**
 * A PEM file with an RSA private key, as {@code openssl genrsa}, {@code openssl genpkey} and the C module write it: the
 * traditional form (RSA PRIVATE KEY) and PKCS#8 (PRIVATE KEY), each with a passphrase or without.
 *
 * @param path of the file
 */
record PemKeyFile(Path path) {
    private static final int MAX_BYTES = 65536;

    /** In both forms: {@code Proc-Type: 4,ENCRYPTED} and {@code BEGIN ENCRYPTED PRIVATE KEY}. */
    private static final byte[] ENCRYPTED = "ENCRYPTED".getBytes(StandardCharsets.US_ASCII);

    /** @throws KeyModuleException BAD_PARAMETER if this is not a valid file name */
    static PemKeyFile named(String name) throws KeyModuleException {
        try {
            return new PemKeyFile(Path.of(name));
        } catch (InvalidPathException e) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    "\"" + name + "\" is not a valid file name in this locale: " + e.getReason(),
                    "Check openssl_keyfile, and the locale (LANG) if the name has non-ASCII characters.",
                    0,
                    e);
        }
    }

    /**
     * Reads the key.
     *
     * @param passphrase empty if there is none; used only if the file is encrypted; owned by the caller
     * @throws KeyModuleException KEY_NOT_FOUND if there is no such file, AUTHENTICATION if the passphrase is wrong or
     *     missing, BAD_PARAMETER if others may read or write the file or it is not an RSA key, BAD_DATA if it is damaged
     */
    RsaKey load(Secret passphrase) throws KeyModuleException {
        try (Secret pem = read()) {
            return load(pem, passphrase);
        }
    }

    /**
     * Whether its key is encrypted with a passphrase.
     *
     * @throws KeyModuleException as {@link #load(Secret)}, but never AUTHENTICATION
     */
    boolean isEncrypted() throws KeyModuleException {
        try (Secret pem = read()) {
            return contains(pem, ENCRYPTED) && isEncrypted(parse(pem));
        }
    }

    /** The same from the file's contents; the array is wiped. */
    RsaKey load(byte[] pem, Secret passphrase) throws KeyModuleException {
        try (Secret taken = Secret.takeBytes(pem)) {
            return load(taken, passphrase);
        }
    }

    /**
     * A file that can be decrypted is read by libcrypto, which leaves nothing of it on the heap. Any other file is read by Bouncy
     * Castle, which gives the reason if that fails.
     */
    private RsaKey load(Secret pem, Secret passphrase) throws KeyModuleException {
        Optional<RsaKey> key = pem.size() == 0 || (contains(pem, ENCRYPTED) && !canDecrypt(parse(pem), passphrase))
                ? Optional.empty()
                : LibcryptoKeyPair.read(pem, passphrase);
        return key.isPresent() ? key.get() : key(parse(pem), passphrase);
    }

    private static boolean contains(Secret pem, byte[] word) {
        ByteBuffer text = pem.buffer();
        ByteBuffer wanted = ByteBuffer.wrap(word);
        for (int at = 0; at <= text.limit() - word.length; at++) {
            if (text.slice(at, word.length).equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isEncrypted(Object found) {
        return found instanceof PEMEncryptedKeyPair || found instanceof PKCS8EncryptedPrivateKeyInfo;
    }

    private static boolean canDecrypt(Object found, Secret passphrase) {
        try {
            if (found instanceof PKCS8EncryptedPrivateKeyInfo pkcs8) {
                PemPassphrase.Pbes2.of(pkcs8.toASN1Structure().getEncryptionAlgorithm());
            }
            boolean known = !(found instanceof PEMEncryptedKeyPair traditional)
                    || PemCipher.named(traditional.getDekAlgName()).isPresent();
            return known && passphrase.size() > 0;
        } catch (UnsupportedCipher | RuntimeException e) {
            return false;
        }
    }

    private Secret read() throws KeyModuleException {
        try {
            try (Descriptor in = Trust.openSecret(path);
                    Secret buffer = Secret.allocate(MAX_BYTES)) {
                ByteBuffer into = buffer.buffer();
                in.fill(into);
                if (!into.hasRemaining() && in.read(ByteBuffer.allocateDirect(1)) > 0) {
                    throw damaged("it has more than " + MAX_BYTES + " bytes", null);
                }
                return Secret.copyOf(into.flip());
            }
        } catch (UntrustedFileException e) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER, "the key file " + path + " is not used: " + e.reason(), e.advice(), 0, e);
        } catch (NoSuchFileException e) {
            throw new KeyModuleException(
                    Reason.KEY_NOT_FOUND,
                    "the key file " + path + " does not exist",
                    "Check openssl_keyfile, restore the file, or generate a key with ecryptfs-manager.",
                    0,
                    e);
        } catch (IOException e) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    "the key file " + path + " cannot be read: "
                            + (e instanceof AccessDeniedException ? "permission denied" : e.getMessage()),
                    "Check its permissions, and that it is a file.",
                    0,
                    e);
        }
    }

    private Object parse(Secret pem) throws KeyModuleException {
        return pem.<Object, KeyModuleException>onHeap(this::parse);
    }

    /** The first private key in it; certificates and parameters before it are skipped. */
    Object parse(byte[] pem) throws KeyModuleException {
        boolean publicKey = false;
        try (PEMParser parser =
                new PEMParser(new InputStreamReader(new ByteArrayInputStream(pem), StandardCharsets.ISO_8859_1))) {
            for (Object found = parser.readObject(); found != null; found = parser.readObject()) {
                if (found instanceof PEMEncryptedKeyPair
                        || found instanceof PEMKeyPair
                        || found instanceof PKCS8EncryptedPrivateKeyInfo
                        || found instanceof PrivateKeyInfo) {
                    return found;
                }
                publicKey |= found instanceof SubjectPublicKeyInfo;
            }
        } catch (IOException | RuntimeException e) {
            throw damaged("it is not valid PEM", e);
        }
        throw new KeyModuleException(
                Reason.BAD_PARAMETER,
                "the key file " + path + " contains no private key" + (publicKey ? ", only a public one" : ""),
                "Use a PEM file with an RSA private key.");
    }

    /** Decodes a key on the heap. */
    RsaKey key(Object found, Secret passphrase) throws KeyModuleException {
        try {
            return rsa(info(found, passphrase));
        } catch (PasswordNeeded e) {
            throw new KeyModuleException(
                    Reason.AUTHENTICATION,
                    "the key file " + path + " is encrypted, but no passphrase is given",
                    "Give one of openssl_passwd, openssl_passwd_file, openssl_passwd_fd and openssl_passwd_env.");
        } catch (UnsupportedCipher e) {
            throw new KeyModuleException(
                    Reason.UNSUPPORTED,
                    "the key file " + path + " is encrypted with " + e.getMessage() + ", which is not supported",
                    "Convert it: openssl rsa -in " + path + " -aes256 -out NEW. Supported are " + PemCipher.names()
                            + ".",
                    0,
                    e);
        } catch (IOException | InvalidCipherTextException | RuntimeException e) {
            if (!isEncrypted(found)) {
                throw damaged("its key cannot be read", e);
            }
            throw new KeyModuleException(
                    Reason.AUTHENTICATION,
                    "the passphrase of the key file " + path + " is wrong",
                    "Give the right one; openssl rsa -noout -in " + path + " checks it.",
                    0,
                    e);
        }
    }

    private static PrivateKeyInfo info(Object found, Secret passphrase)
            throws PasswordNeeded, UnsupportedCipher, InvalidCipherTextException, IOException {
        if (found instanceof PrivateKeyInfo plain) {
            return plain;
        }
        if (found instanceof PEMKeyPair plain) {
            return plain.getPrivateKeyInfo();
        }
        if (passphrase.size() == 0) {
            throw new PasswordNeeded();
        }
        PemPassphrase secret = new PemPassphrase(passphrase);
        if (found instanceof PKCS8EncryptedPrivateKeyInfo pkcs8) {
            byte[] clear =
                    secret.decryptPkcs8(pkcs8.toASN1Structure().getEncryptionAlgorithm(), pkcs8.getEncryptedData());
            try {
                return PrivateKeyInfo.getInstance(clear);
            } finally {
                Arrays.fill(clear, (byte) 0);
            }
        }
        PEMEncryptedKeyPair traditional = (PEMEncryptedKeyPair) found;
        if (PemCipher.named(traditional.getDekAlgName()).isEmpty()) {
            throw new UnsupportedCipher(traditional.getDekAlgName());
        }
        return traditional.decryptKeyPair(secret.traditional()).getPrivateKeyInfo();
    }

    private RsaKey rsa(PrivateKeyInfo info) throws KeyModuleException, IOException {
        if (!info.getPrivateKeyAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    "the key in " + path + " is not an RSA key",
                    "Use a PEM file with an RSA private key; openssl genrsa -aes256 2048 creates one.");
        }
        return RsaKey.of(RSAPrivateKey.getInstance(info.parsePrivateKey()));
    }

    private KeyModuleException damaged(String why, Exception cause) {
        return new KeyModuleException(
                Reason.BAD_DATA,
                "the key file " + path + " is damaged: " + why,
                "Restore it; openssl rsa -noout -text -in " + path + " checks it.",
                0,
                cause);
    }

    /** The file is encrypted, and no passphrase was given. */
    private static final class PasswordNeeded extends Exception {
        private static final long serialVersionUID = 1L;
    }
}
