package org.ecryptfsj.options;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.options.OptionList.Option;

/** Any bytes as mount options, {@code .ecryptfsrc} or a passphrase file are options, or are refused by name. */
class OptionListFuzzTest {
    @FuzzTest
    void options(byte[] bytes) throws KeyModuleException {
        try (OptionList options = OptionList.parse(ByteBuffer.wrap(bytes))) {
            assertThat(options.options()).allSatisfy(option -> {
                assertThat(option.name()).isNotEmpty();
                assertThat(option.parts().isEmpty() || option.name().equals("key"))
                        .isTrue();
            });
            String written = options.options().stream()
                    .filter(option -> option.parts().isEmpty())
                    .map(Option::written)
                    .collect(Collectors.joining(","));
            try (OptionList again = OptionList.of(written)) {
                assertThat(again.options().stream().map(Option::written).collect(Collectors.joining(",")))
                        .isEqualTo(written);
            }
        } catch (KeyModuleException e) {
            assertThat(e.reason()).isEqualTo(Reason.BAD_PARAMETER);
        }
    }

    @FuzzTest
    void passphraseFiles(byte[] bytes) throws IOException {
        Path file = Files.createTempFile(
                "passphrase", "", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.write(file, bytes);
            try (Secret passphrase = new PassphraseFile("passphrase_passwd", List.of("passphrase_passwd", "passwd"))
                    .read(file.toString())) {
                assertThat(passphrase.size()).isLessThanOrEqualTo(bytes.length);
            }
        } catch (KeyModuleException e) {
            assertThat(e.reason()).isEqualTo(Reason.BAD_PARAMETER);
        } finally {
            Files.delete(file);
        }
    }
}
