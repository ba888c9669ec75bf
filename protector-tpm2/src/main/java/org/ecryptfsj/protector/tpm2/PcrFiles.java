package org.ecryptfsj.protector.tpm2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ecryptfsj.keymodule.LowercaseHex;

/** The PCRs as the kernel shows them to every user, {@code /sys/class/tpm/tpm0/pcr-sha256/7} (Linux 5.12 and later). */
final class PcrFiles {
    private final Path classDirectory;

    /** @param classDirectory usually {@code /sys/class/tpm} */
    PcrFiles(Path classDirectory) {
        this.classDirectory = classDirectory;
    }

    /**
     * Reads PCRs of the TPM at an address.
     *
     * @return empty if one is not there, so that the TPM must be asked
     */
    Optional<SortedMap<Integer, String>> read(TpmAddress address, PcrBank bank, Set<Integer> numbers) {
        Optional<String> name = address.kernelName();
        if (name.isEmpty()) {
            return Optional.empty();
        }
        Path directory = classDirectory.resolve(name.get()).resolve("pcr-" + bank.title());
        SortedMap<Integer, String> values = new TreeMap<>();
        try {
            for (int number : numbers) {
                String value = Files.readString(directory.resolve(String.valueOf(number)))
                        .strip()
                        .toLowerCase(Locale.ROOT);
                if (!LowercaseHex.is(value, bank.digits())) {
                    return Optional.empty();
                }
                values.put(number, value);
            }
            return Optional.of(values);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
