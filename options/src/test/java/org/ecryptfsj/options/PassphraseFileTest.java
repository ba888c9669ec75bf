package org.ecryptfsj.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.Descriptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PassphraseFileTest {
    private static final PassphraseFile FORMAT = new PassphraseFile("pass", List.of("pass", "old"));

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"secret", "two words", "~", "p\u00e4ss", "x=y:z", "\u20ac", "a"})
    void aPassphraseIsReadByteForByte(String passphrase) throws Exception {
        assertThat(read("pass=" + passphrase + "\n")).isEqualTo(passphrase);
    }

    @Test
    void theOtherNameAndOtherOptionsAreAccepted() throws Exception {
        assertThat(read("first\nother=1\nold=secret\nlast=2\n")).isEqualTo("secret");
    }

    @Test
    void aByteOrderMarkAloneOrBeforeThePassphraseIsSkipped() throws Exception {
        assertThat(read("\ufeffpass=secret\n")).isEqualTo("secret");
        assertRefused("\ufeff", "contains no passphrase");
    }

    @Test
    void invisibleBytesAreRefusedWithTheirLine() {
        assertRefused("x=1\npass=secret\r\n", "the passphrase in line 2", "ends with CR");
        assertRefused("pass=\r\n", "line 1", "ends with CR");
        assertRefused("pass=sec\rret\n", "control character with code 13");
        assertRefused("pass=\u0001secret\n", "control character with code 1");
        assertRefused("pass=secret\0\n", "control character with code 0");
        assertRefused("pass=secret\u001f\n", "control character with code 31");
        assertRefused("pass=secret\u007f\n", "control character with code 127");
        assertRefused("pass=sec\tret\n", "control character with code 9");
        assertRefused("pass=secret \n", "ends with a blank");
        assertRefused("pass=secret\t\n", "ends with a blank");
        assertRefused("pass=secret\u00a0\n", "ends with a blank");
        assertRefused("pass=\u00a0\n", "ends with a blank");
        assertRefused("\n\npass= secret\n", "line 3", "begins with a blank");
    }

    @Test
    void aBlankInTheMiddleOrHalfANoBreakSpaceIsAccepted() throws Exception {
        assertThat(read("pass=a\u00a0b\n")).isEqualTo("a\u00a0b");
        // Its last byte is that of a no-break space.
        assertThat(read("pass=\u0120\n")).isEqualTo("\u0120");
        assertThat(read("pass=\n")).isEmpty();
    }

    @Test
    void theWordLiteralAllowsInvisibleBytes() throws Exception {
        assertThat(read("pass= secret \nliteral\n")).isEqualTo(" secret ");
        assertRefused("pass=secret \nliteral=no\n", "ends with a blank");
        assertRefused("pass=secret \nother\n", "ends with a blank");
    }

    @Test
    void aCommaAfterThePassphraseIsRefused() throws Exception {
        assertRefused("pass=sec,ret\n", "in line 1", "followed by a comma");
        assertThat(read("x,pass=secret\nret\n")).isEqualTo("secret");
    }

    @Test
    void twoPassphrasesAreRefusedAndNone() {
        assertRefused("pass=one\nx\nold=two\n", "two passphrases, in lines 1 and 3");
        assertRefused("pass\nother=secret\n", "contains no passphrase");
    }

    @Test
    void aFileThatOthersMayReadOrThatIsMissingIsRefused() throws Exception {
        Path file = write("pass=secret\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> FORMAT.read(file.toString()))
                .isInstanceOfSatisfying(
                        KeyModuleException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_PARAMETER))
                .hasMessageContaining("is not used");
        assertThatThrownBy(() -> FORMAT.read(directory.resolve("none").toString()))
                .isInstanceOfSatisfying(
                        KeyModuleException.class, e -> assertThat(e.reason()).isEqualTo(Reason.KEY_NOT_FOUND));
    }

    @Test
    void aDescriptorIsReadByItsNumberOrItsName() throws Exception {
        for (String prefix : List.of("/dev/fd/", "/proc/self/fd/")) {
            try (Descriptor open =
                            Descriptor.openReadWrite(write("pass=secret\n").toString());
                    Secret passphrase = FORMAT.read(prefix + open.number())) {
                assertThat(text(passphrase)).isEqualTo("secret");
            }
        }
        try (Descriptor open = Descriptor.openReadWrite(write("pass=secret\n").toString());
                Secret passphrase = FORMAT.readDescriptor("0x" + Integer.toHexString(open.number()))) {
            assertThat(text(passphrase)).isEqualTo("secret");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"three", "-1", "", "99999"})
    void anotherDescriptorIsRefused(String number) {
        assertThatThrownBy(() -> FORMAT.readDescriptor(number))
                .isInstanceOfSatisfying(
                        KeyModuleException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_PARAMETER));
    }

    @Test
    void aListWithInvisibleBytesInAnyValueIsRefused() throws Exception {
        try (OptionList list = OptionList.of("a=1\nkey=passphrase:b=2:c=3 \nd")) {
            assertThatThrownBy(() -> list.requireVisibleValues("rc"))
                    .isInstanceOf(KeyModuleException.class)
                    .hasMessageContaining("the value of key in line 2 of rc ends with a blank");
        }
        try (OptionList list = OptionList.of("a=1\nkey=passphrase:b=2:c=3\nd")) {
            assertThatCode(() -> list.requireVisibleValues("rc")).doesNotThrowAnyException();
        }
    }

    /** The memory of a wiped value is used for the next one: a view of it shows whether that one was wiped, too. */
    @Test
    void aRefusedListLeavesNoValueInMemory() {
        for (String text : List.of("pass=secret,=x", "key=a:pass=secret:=x")) {
            ByteBuffer memory;
            try (Secret before = Secret.allocate(6)) {
                memory = before.buffer();
            }
            assertThatThrownBy(() -> OptionList.of(text)).isInstanceOf(KeyModuleException.class);
            assertThat(memory).isEqualTo(ByteBuffer.allocate(6));
        }
    }

    private String read(String content) throws Exception {
        try (Secret passphrase = FORMAT.read(write(content).toString())) {
            return text(passphrase);
        }
    }

    private void assertRefused(String content, String... parts) {
        assertThatThrownBy(() -> FORMAT.read(write(content).toString()))
                .isInstanceOfSatisfying(
                        KeyModuleException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_PARAMETER))
                .hasMessageContainingAll(parts);
    }

    private Path write(String content) throws Exception {
        Path file = Files.writeString(directory.resolve("passphrase"), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private static String text(Secret secret) {
        return StandardCharsets.UTF_8.decode(secret.buffer()).toString();
    }
}
