package org.ecryptfsj.libcrypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.EphemeralEcdh.Agreement;
import org.ecryptfsj.libcrypto.EphemeralEcdh.Curve;
import org.ecryptfsj.libcrypto.EphemeralEcdh.Point;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Java runtime, with the private key, reads what was agreed on or encrypted. */
class PublicKeyEncryptionTest {
    @ParameterizedTest
    @EnumSource
    void bothSidesOfAnAgreementKnowTheSame(Curve curve) throws Exception {
        String name = curve == Curve.P256 ? "secp256r1" : "secp384r1";
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(name));
        KeyPair peer = generator.generateKeyPair();
        ECPoint point = ((ECPublicKey) peer.getPublic()).getW();

        try (Agreement agreement = new EphemeralEcdh()
                .agree(curve, new Point(bytes(point.getAffineX(), curve), bytes(point.getAffineY(), curve)))
                .orElseThrow()) {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec(name));
            Point own = agreement.publicKey();
            ECPoint other = new ECPoint(new BigInteger(1, own.x()), new BigInteger(1, own.y()));
            KeyAgreement there = KeyAgreement.getInstance("ECDH");
            there.init(peer.getPrivate());
            there.doPhase(
                    KeyFactory.getInstance("EC")
                            .generatePublic(
                                    new ECPublicKeySpec(other, parameters.getParameterSpec(ECParameterSpec.class))),
                    true);
            byte[] expected = there.generateSecret();
            assertThat(agreement.secret().<byte[], RuntimeException>onHeap(byte[]::clone))
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPointThatIsNotOnTheCurveIsRefused(Curve curve) {
        byte[] ones = new byte[curve.bytes()];
        Arrays.fill(ones, (byte) 1);

        assertThat(new EphemeralEcdh().agree(curve, new Point(ones, ones))).isEmpty();
        assertThat(new EphemeralEcdh().agree(curve, new Point(new byte[curve.bytes()], new byte[curve.bytes()])))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {2048, 3072})
    void oaepIsThatOfTheStandard(int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        KeyPair pair = generator.generateKeyPair();
        RSAPublicKey key = (RSAPublicKey) pair.getPublic();
        byte[] label = {'S', 'E', 'C', 'R', 'E', 'T', 0};
        byte[] modulus = key.getModulus().toByteArray();
        try (Secret plain = Secret.copyOf(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}))) {
            byte[] encrypted = new RsaOaepSha256()
                    .encrypt(Arrays.copyOfRange(modulus, 1, modulus.length), 65537, label, plain)
                    .orElseThrow();

            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    pair.getPrivate(),
                    new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, new PSource.PSpecified(label)));
            assertThat(cipher.doFinal(encrypted)).containsExactly(1, 2, 3, 4);
            assertThat(new RsaOaepSha256().encrypt(new byte[256], 65537, label, plain))
                    .isEmpty();
        }
    }

    private static byte[] bytes(BigInteger number, Curve curve) {
        byte[] bytes = number.toByteArray();
        byte[] padded = new byte[curve.bytes()];
        int count = Math.min(bytes.length, padded.length);
        System.arraycopy(bytes, bytes.length - count, padded, padded.length - count, count);
        return padded;
    }
}
