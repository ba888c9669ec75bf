package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.tools.command.ToolFailure;

/** Any text as mount options, {@code .ecryptfsrc} or a mount table is decided, or is refused with an exit code. */
class MountOptionsFuzzTest {
    private static final Signature KEY = new Signature("d395309aaad4de06");
    private static final Set<String> OF_MODULES = Set.of("passphrase_passwd", "openssl_keyfile", "tspi_uuid");
    private static final EcryptfsVersion LINUX_6_1 = new EcryptfsVersion(375);

    /** The first line is what follows -o, the others are the file. */
    @FuzzTest
    void optionsOverFile(byte[] bytes) throws IOException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\n');
        Path rc = Files.createTempFile("ecryptfsrc", "");
        try {
            Files.writeString(rc, text.substring(end + 1), StandardCharsets.ISO_8859_1);
            decide(end < 0 ? text : text.substring(0, end), rc);
        } finally {
            Files.delete(rc);
        }
    }

    private static void decide(String options, Path rc) throws IOException {
        try (MountRequest request = MountRequest.read(options, rc)) {
            request.checkNames(OF_MODULES);
            List<String> decided = new MountSettings(request, LINUX_6_1, Optional.empty()).decide(KEY);
            assertThat(decided).contains("ecryptfs_unlink_sigs").noneMatch(option -> option.contains(","));
            assertThat(request.kernelOptions(OF_MODULES)).noneMatch(option -> option.contains(","));
        } catch (ToolFailure e) {
            assertThat(e.code()).isEqualTo(ToolFailure.EINVAL);
        }
    }

    @FuzzTest
    void mountTables(byte[] bytes) {
        List<String> lines =
                new String(bytes, StandardCharsets.ISO_8859_1).lines().toList();
        MountTable table = MountTable.parse(lines);
        table.ecryptfs().forEach(entry -> {
            assertThat(entry.type()).isEqualTo("ecryptfs");
            assertThat(table.ecryptfsAt(entry.target())).isPresent();
            assertThat(entry.values("ecryptfs_sig"))
                    .hasSizeLessThanOrEqualTo(entry.options().size());
        });
    }
}
