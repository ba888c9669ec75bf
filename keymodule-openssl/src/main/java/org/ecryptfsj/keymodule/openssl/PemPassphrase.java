package org.ecryptfsj.keymodule.openssl;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.PBEParametersGenerator;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA224Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.generators.OpenSSLPBEParametersGenerator;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.openssl.PEMDecryptor;
import org.bouncycastle.openssl.PEMDecryptorProvider;
import org.bouncycastle.openssl.PEMEncryptor;
import org.bouncycastle.openssl.PasswordException;
import org.bouncycastle.operator.OperatorCreationException;
import org.ecryptfsj.keymodule.Secret;

/**
 * Derives a cipher's key from the passphrase of a key file, as OpenSSL does. Bouncy Castle's classes for this need a character
 * array and leave copies of it on the heap. Here the bytes are on the heap only while a key is derived, and are used unchanged,
 * independent of a character set.
 */
final class PemPassphrase {
    private static final PemCipher NEW_FILES = PemCipher.AES_256_CBC;
    private static final int SALT_BYTES = 8;

    /** A limit, because a key file is opened in every request; OpenSSL uses 2048. */
    private static final int MAX_ROUNDS = 1_000_000;

    private static final Map<ASN1ObjectIdentifier, Supplier<Digest>> DIGESTS = Map.of(
            PKCSObjectIdentifiers.id_hmacWithSHA1, SHA1Digest::new,
            PKCSObjectIdentifiers.id_hmacWithSHA224, SHA224Digest::new,
            PKCSObjectIdentifiers.id_hmacWithSHA256, SHA256Digest::newInstance,
            PKCSObjectIdentifiers.id_hmacWithSHA384, SHA384Digest::new,
            PKCSObjectIdentifiers.id_hmacWithSHA512, SHA512Digest::new);

    private final Secret passphrase;

    /** @param passphrase owned by the caller */
    PemPassphrase(Secret passphrase) {
        this.passphrase = passphrase;
    }

    /** Decrypts the traditional form, {@code Proc-Type: 4,ENCRYPTED}. */
    PEMDecryptorProvider traditional() {
        return name -> {
            PemCipher cipher = PemCipher.named(name).orElseThrow(() -> new UnsupportedCipher(name));
            return (PEMDecryptor) (encrypted, iv) -> {
                try {
                    return cipher.decrypt(traditionalKey(cipher, iv), iv, encrypted);
                } catch (InvalidCipherTextException e) {
                    throw new PasswordException("the padding is wrong");
                }
            };
        };
    }

    /** Encrypts files in the traditional form, which the C module writes. */
    PEMEncryptor encryptor(byte[] iv) {
        return new PEMEncryptor() {
            @Override
            public String getAlgorithm() {
                return NEW_FILES.dekInfo();
            }

            @Override
            public byte[] getIV() {
                return iv.clone();
            }

            @Override
            public byte[] encrypt(byte[] clear) {
                return NEW_FILES.encrypt(traditionalKey(NEW_FILES, iv), iv, clear);
            }
        };
    }

    /** The number of bytes for {@link #encryptor}. */
    static int ivBytes() {
        return NEW_FILES.blockBytes();
    }

    /** The encryption scheme of PKCS#8's encrypted form: PBES2 with PBKDF2 (RFC 8018). */
    record Pbes2(PemCipher cipher, ASN1OctetString iv, PBKDF2Params derivation) {
        /** @throws UnsupportedCipher if another scheme was used */
        static Pbes2 of(AlgorithmIdentifier algorithm) throws UnsupportedCipher {
            if (!algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBES2)) {
                throw new UnsupportedCipher(algorithm.getAlgorithm().getId());
            }
            PBES2Parameters parameters = PBES2Parameters.getInstance(algorithm.getParameters());
            EncryptionScheme scheme = parameters.getEncryptionScheme();
            PemCipher cipher = PemCipher.of(scheme.getAlgorithm())
                    .orElseThrow(
                            () -> new UnsupportedCipher(scheme.getAlgorithm().getId()));
            KeyDerivationFunc function = parameters.getKeyDerivationFunc();
            if (!function.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBKDF2)) {
                throw new UnsupportedCipher(function.getAlgorithm().getId());
            }
            PBKDF2Params derivation = PBKDF2Params.getInstance(function.getParameters());
            ASN1ObjectIdentifier prf = derivation.getPrf().getAlgorithm();
            if (!DIGESTS.containsKey(prf)) {
                throw new UnsupportedCipher(prf.getId());
            }
            int rounds = derivation.getIterationCount().intValueExact();
            if (rounds < 1 || rounds > MAX_ROUNDS) {
                throw new UnsupportedCipher("PBKDF2 with " + rounds + " rounds");
            }
            return new Pbes2(cipher, ASN1OctetString.getInstance(scheme.getParameters()), derivation);
        }

        private PKCS5S2ParametersGenerator generator() {
            ASN1ObjectIdentifier prf = derivation.getPrf().getAlgorithm();
            return new PKCS5S2ParametersGenerator(DIGESTS.get(prf).get());
        }
    }

    /**
     * Decrypts the contents of PKCS#8's encrypted form.
     *
     * @throws UnsupportedCipher if another scheme was used
     * @throws InvalidCipherTextException if the passphrase is wrong
     */
    byte[] decryptPkcs8(AlgorithmIdentifier algorithm, byte[] encrypted)
            throws UnsupportedCipher, InvalidCipherTextException {
        Pbes2 scheme = Pbes2.of(algorithm);
        PKCS5S2ParametersGenerator generator = scheme.generator();
        KeyParameter key = passphrase.onHeap(bytes -> {
            generator.init(
                    bytes,
                    scheme.derivation().getSalt(),
                    scheme.derivation().getIterationCount().intValueExact());
            return key(generator, scheme.cipher());
        });
        return scheme.cipher().decrypt(key, scheme.iv().getOctets(), encrypted);
    }

    private KeyParameter traditionalKey(PemCipher cipher, byte[] iv) {
        OpenSSLPBEParametersGenerator generator = new OpenSSLPBEParametersGenerator();
        return passphrase.onHeap(bytes -> {
            generator.init(bytes, Arrays.copyOf(iv, SALT_BYTES));
            return key(generator, cipher);
        });
    }

    private static KeyParameter key(PBEParametersGenerator generator, PemCipher cipher) {
        return (KeyParameter) generator.generateDerivedParameters(cipher.keyBytes() * Byte.SIZE);
    }

    /** The file is encrypted with an unsupported scheme. */
    static final class UnsupportedCipher extends OperatorCreationException {
        private static final long serialVersionUID = 1L;

        UnsupportedCipher(String what) {
            super(what);
        }
    }
}
