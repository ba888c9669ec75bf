package org.ecryptfsj.protector.tpm2;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;

/**
 * The files with signatures of PCR values, where systemd has them too. Who can write them can bring back an old signature, and no
 * new one: they are not secret, and are not trusted.
 */
final class PcrSignatureFiles {
    /** The name of each. */
    static final String NAME = "tpm2-pcr-signature.json";

    private static final int MOST_BYTES = 1 << 20;

    private final List<Path> directories;

    /** @param directories in which the files are */
    PcrSignatureFiles(List<Path> directories) {
        this.directories = List.copyOf(directories);
    }

    /** Those of this machine. */
    static PcrSignatureFiles ofThisMachine() {
        return new PcrSignatureFiles(Stream.of(
                        "/etc/ecryptfsj", "/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
                .map(Path::of)
                .toList());
    }

    /**
     * A signature that allows the present values of PCRs.
     *
     * @param now the values, in lowercase hex digits, by number
     * @throws ProtectorException STATE_CHANGED if no signature allows them; UNAVAILABLE if there are no signatures at all
     */
    PcrApproval require(SignedPcrs signed, SortedMap<Integer, String> now) throws ProtectorException {
        SealingPolicy policy = signed.policy(now);
        byte[] policyDigest = policy.digest();
        List<String> problems = new ArrayList<>();
        int read = 0;
        for (Path directory : directories) {
            Path file = directory.resolve(NAME);
            try {
                Optional<byte[]> content = content(file);
                if (content.isEmpty()) {
                    continue;
                }
                read++;
                for (PcrSignature signature :
                        PcrSignature.parse(content.get(), signed.selection().bank())) {
                    if (signed.allows(signature, policyDigest)) {
                        return new PcrApproval(signed.key(), policy, signature.signature());
                    }
                }
            } catch (IOException | MalformedFieldException e) {
                problems.add("; " + file + " cannot be used: " + e.getMessage());
            }
        }
        throw read == 0 ? none(problems) : notAllowed(signed, problems);
    }

    private static Optional<byte[]> content(Path file) throws IOException, MalformedFieldException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(MOST_BYTES + 1);
            if (content.length > MOST_BYTES) {
                throw new MalformedFieldException("it has more than " + MOST_BYTES + " bytes");
            }
            return Optional.of(content);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private ProtectorException none(List<String> problems) {
        return new ProtectorException(
                Reason.UNAVAILABLE,
                "there is no file with signatures of PCR values" + String.join("", problems),
                "Put what systemd-measure sign wrote at " + directories.get(0).resolve(NAME)
                        + "; a unified kernel image that has it brings its own.");
    }

    private static ProtectorException notAllowed(SignedPcrs signed, List<String> problems) {
        return ProtectorException.stateChanged(
                List.copyOf(signed.selection().numbers()),
                "no signature of key " + signed.key().fingerprint() + " allows the present value of "
                        + PcrSelection.names(signed.selection().numbers()) + " ("
                        + signed.selection().bank().title() + ")" + String.join("", problems),
                "Boot a kernel that is signed, or sign its PCR values with systemd-measure sign; or unlock with another"
                        + " protector.");
    }
}
