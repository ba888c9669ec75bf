package org.ecryptfsj.keymodule.openssl;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.generators.RSAKeyPairGenerator;
import org.bouncycastle.crypto.params.RSAKeyGenerationParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.openssl.MiscPEMGenerator;
import org.bouncycastle.util.io.pem.PemWriter;
import org.ecryptfsj.keymodule.KeyGenerator;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tree.AtomicFileWriter;

/**
 * Creates key files in the form of the C module: {@code RSA PRIVATE KEY}, encrypted with AES-256-CBC; missing directories are
 * created for their owner only (docs/spec/auth-tok.md, section 6, openssl). The C module's keys have 1024 bits, these have 2048, or the
 * number that {@code openssl_bits} gives.
 */
final class OpensslKeyGenerator implements KeyGenerator {
    private static final String BITS = "openssl_bits";
    private static final int DEFAULT_BITS = 2048;
    private static final int MIN_BITS = 1024;
    private static final int CERTAINTY = 128;

    @Override
    public List<Parameter> parameters() {
        return List.of(
                Parameter.asked(KeyFileLocation.PARAMETER, "SSL key file path", true)
                        .withAliases("keyfile")
                        .withSuggestion(KeyFileLocation.defaultPath()),
                Parameter.asked(PassphraseSource.ITSELF, "Passphrase", false)
                        .withAliases("passwd")
                        .withConfirmation("Verify Passphrase"),
                Parameter.optional(BITS).withDefault(String.valueOf(DEFAULT_BITS)));
    }

    /**
     * Creates a key file.
     *
     * @return named by {@code openssl_keyfile}
     * @throws KeyModuleException BAD_PARAMETER if the file exists, or the passphrase or the size is not valid; FAILED if it
     *     cannot be written
     */
    @Override
    public GeneratedKey generate(ParameterValues values) throws KeyModuleException {
        int bits = bits(values.text(BITS).orElse(String.valueOf(DEFAULT_BITS)));
        Path file = Path.of(KeyFileLocation.of(values));
        Secret passphrase = values.secret(PassphraseSource.ITSELF)
                .filter(p -> p.size() > 0)
                .orElseThrow(() -> new KeyModuleException(
                        Reason.BAD_PARAMETER,
                        "a new key file needs a passphrase",
                        "Give a passphrase; every mount will need it."));
        if (Files.exists(file)) {
            throw exists(file);
        }
        try {
            byte[] pem = pem(bits, passphrase);
            createDirectories(file.getParent());
            write(file, pem);
        } catch (IOException e) {
            throw new KeyModuleException(
                    Reason.FAILED,
                    "the key file " + file + " cannot be written: " + e.getMessage(),
                    "Check that you own its directory and that the disk is not full.",
                    0,
                    e);
        }
        return new GeneratedKey(KeyFileLocation.PARAMETER, file.toString(), Map.of());
    }

    private static int bits(String text) throws KeyModuleException {
        if (text.matches("[0-9]{1,5}")) {
            int bits = Integer.parseInt(text);
            if (bits >= MIN_BITS && bits <= RsaKey.MAX_BITS && bits % Byte.SIZE == 0) {
                return bits;
            }
        }
        throw new KeyModuleException(
                Reason.BAD_PARAMETER,
                BITS + "=" + text + " is not a valid key size",
                "Give a multiple of 8 from " + MIN_BITS + " to " + RsaKey.MAX_BITS + ".");
    }

    private static KeyModuleException exists(Path file) {
        return new KeyModuleException(
                Reason.BAD_PARAMETER,
                "the key file " + file + " exists already",
                "Choose another name. Overwriting a key file would make every file it protects unreadable.");
    }

    /** A key file's contents. */
    static byte[] pem(int bits, Secret passphrase) throws IOException {
        SecureRandom random = new SecureRandom();
        RSAKeyPairGenerator generator = new RSAKeyPairGenerator();
        generator.init(new RSAKeyGenerationParameters(BigInteger.valueOf(65537), random, bits, CERTAINTY));
        RSAPrivateCrtKeyParameters key =
                (RSAPrivateCrtKeyParameters) generator.generateKeyPair().getPrivate();
        RSAPrivateKey numbers = new RSAPrivateKey(
                key.getModulus(),
                key.getPublicExponent(),
                key.getExponent(),
                key.getP(),
                key.getQ(),
                key.getDP(),
                key.getDQ(),
                key.getQInv());
        byte[] iv = new byte[PemPassphrase.ivBytes()];
        random.nextBytes(iv);
        ByteArrayOutputStream pem = new ByteArrayOutputStream();
        try (PemWriter writer = new PemWriter(new OutputStreamWriter(pem, StandardCharsets.US_ASCII))) {
            writer.writeObject(new MiscPEMGenerator(
                    new PrivateKeyInfo(
                            new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE), numbers),
                    new PemPassphrase(passphrase).encryptor(iv)));
        }
        return pem.toByteArray();
    }

    private static void createDirectories(Path directory) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static void write(Path file, byte[] pem) throws IOException, KeyModuleException {
        try {
            new AtomicFileWriter().create(file, ByteBuffer.wrap(pem), "rw-------");
        } catch (FileAlreadyExistsException e) {
            throw exists(file);
        }
    }
}
