package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** TPM_KEY blobs of keys made by ecryptfs-generate-tpm-key (ecryptfs-utils 111, swtpm 0.7.1), up to their modulus. */
class PcrBindingTest {
    private static final String HEAD = "010100000011000000040000000001000300010000000c000008000000000200000000";
    private static final String TO_0_AND_2 =
            HEAD + "0000002c00020500b3d15f319ed63277aafc1c7ec9c35edebf63ba12b3d15f319ed63277aafc1c7ec9c35edebf63ba12";
    private static final String TO_23 =
            HEAD + "0000002d00030000807f71ba92c89fc4239f6b64f72595df0bfe4d24337f71ba92c89fc4239f6b64f72595df0bfe4d2433";
    private static final String TO_NONE = HEAD + "0000002a0000" + "00".repeat(40);

    @Test
    void aBlobTellsThePcrsAndTheirComposite() {
        PcrBinding binding = PcrBinding.ofKeyBlob(hex(TO_0_AND_2)).orElseThrow();

        assertThat(binding.registers()).containsExactly(0, 2);
        assertThat(binding.compositeNeeded()).isEqualTo("b3d15f319ed63277aafc1c7ec9c35edebf63ba12");
    }

    @Test
    void theHighestPcrIsTheLastBitOfALongerSelection() {
        PcrBinding binding = PcrBinding.ofKeyBlob(hex(TO_23)).orElseThrow();

        assertThat(binding.registers()).containsExactly(23);
        assertThat(binding.compositeOf(List.of(new byte[20]))).isEqualTo(binding.compositeNeeded());
    }

    @Test
    void theCompositeOfTheValuesAtCreationIsTheOneNeeded() {
        PcrBinding binding = PcrBinding.ofKeyBlob(hex(TO_0_AND_2)).orElseThrow();

        assertThat(binding.compositeOf(List.of(new byte[20], new byte[20]))).isEqualTo(binding.compositeNeeded());
        assertThat(binding.compositeOf(List.of(new byte[20], hex("01" + "00".repeat(19)))))
                .isNotEqualTo(binding.compositeNeeded());
    }

    @Test
    void anEmptySelectionBindsToNothing() {
        assertThat(PcrBinding.ofKeyBlob(hex(TO_NONE))).isEmpty();
        assertThat(PcrBinding.ofKeyBlob(hex(HEAD + "00000000"))).isEmpty();
    }

    @Property
    void anyCutBlobIsNoBinding(@ForAll @IntRange(max = 62) int length) {
        assertThat(PcrBinding.ofKeyBlob(Arrays.copyOf(hex(TO_0_AND_2), length))).isEmpty();
    }

    @Property
    void anyBytesAreReadWithoutHarm(@ForAll @Size(max = 200) byte[] bytes) {
        byte[] blob = Arrays.copyOf(hex(HEAD), 19 + bytes.length);
        System.arraycopy(bytes, 0, blob, 19, bytes.length);

        PcrBinding.ofKeyBlob(blob)
                .ifPresent(binding -> assertThat(binding.compositeNeeded()).hasSize(40));
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
