package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;

/** Any bytes as a token's blob, a sealed file key, a TPM's key blob or a storage file are one, or are refused. */
class TspiFuzzTest {
    @FuzzTest
    void blobs(byte[] bytes) throws KeyModuleException {
        TspiBlob read;
        try (KeyBlob blob = KeyBlob.takeBytes(bytes)) {
            read = TspiBlob.of(blob);
        } catch (KeyModuleException e) {
            assertThat(e.reason()).isEqualTo(Reason.BAD_DATA);
            return;
        }
        try (KeyBlob written = read.blob()) {
            assertThat(TspiBlob.of(written)).isEqualTo(read);
        }
    }

    @FuzzTest
    void sealedFileKeys(byte[] bytes) {
        try {
            SealedBlob sealed = SealedBlob.of(bytes);
            assertThat(sealed.size()).isLessThanOrEqualTo(SealedBlob.MAX_BYTES);
            assertThat(sealed.buffer()).isEqualTo(ByteBuffer.wrap(bytes));
        } catch (KeyModuleException e) {
            assertThat(e.reason()).isEqualTo(Reason.BAD_DATA);
        }
    }

    @FuzzTest
    void keyBlobs(byte[] bytes) {
        PcrBinding.ofKeyBlob(bytes).ifPresent(binding -> {
            List<Integer> registers = binding.registers();
            assertThat(registers).isNotEmpty().isSorted();
            assertThat(binding.compositeNeeded()).hasSize(40);
            assertThat(binding.compositeOf(Collections.nCopies(registers.size(), new byte[20])))
                    .hasSize(40);
        });
    }

    /** Whatever is said of a file, a byte too many behind a sound one is noticed. */
    @FuzzTest
    void storageFiles(byte[] bytes) {
        if (bytes.length > 0 && KeyStorageFile.parse(bytes).damage().isEmpty()) {
            assertThat(KeyStorageFile.parse(Arrays.copyOf(bytes, bytes.length + 1))
                            .damage())
                    .isNotEmpty();
        }
    }
}
