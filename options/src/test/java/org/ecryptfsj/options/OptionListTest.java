package org.ecryptfsj.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.options.OptionList.Option;
import org.ecryptfsj.tree.UntrustedFileException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionListTest {
    @TempDir
    private Path directory;

    @Test
    void optionsAreSeparatedByCommasAndNewlines() throws KeyModuleException {
        try (OptionList list = OptionList.of("salt=0011223344556677\nrw,,ecryptfs_cipher=aes\n")) {
            assertThat(list.options())
                    .extracting(Option::written)
                    .containsExactly("salt=0011223344556677", "rw", "ecryptfs_cipher=aes");
        }
    }

    @Test
    void aKeyHasParts() throws KeyModuleException {
        try (OptionList list = OptionList.of("key=passphrase:passwd=test:salt=0011223344556677,rw")) {
            Option key = list.options().get(0);
            assertThat(key.text()).isEqualTo("passphrase");
            assertThat(key.parts())
                    .extracting(Option::name, Option::text)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple("passwd", "test"),
                            org.assertj.core.groups.Tuple.tuple("salt", "0011223344556677"));
            assertThat(list.options().get(1).written()).isEqualTo("rw");
        }
    }

    @Test
    void onlyAKeyHasParts() throws KeyModuleException {
        try (OptionList list = OptionList.of("passphrase_passwd_file=/media/usb:1/file,keyfile=a:b")) {
            assertThat(list.options()).extracting(Option::text).containsExactly("/media/usb:1/file", "a:b");
        }
    }

    @Test
    void aValueMayContainAnEqualsSignAndBeEmpty() throws KeyModuleException {
        try (OptionList list = OptionList.of("passwd=a=b=,x=,y")) {
            assertThat(list.options()).extracting(Option::written).containsExactly("passwd=a=b=", "x=", "y");
            assertThat(list.secret("y")).isEmpty();
            assertThat(list.secret("x"))
                    .hasValueSatisfying(value -> assertThat(value.size()).isZero());
        }
    }

    @Test
    void aValueMayBeLongerThanTheCToolsTake() throws KeyModuleException {
        try (OptionList list = OptionList.of("a=" + "x".repeat(5000) + ",b=1")) {
            assertThat(list.options().get(0).text()).hasSize(5000);
            assertThat(list.options().get(1).text()).isEqualTo("1");
        }
    }

    @Test
    void namesAreLookedUpInTheOrderAsked() throws KeyModuleException {
        try (OptionList list = OptionList.of("passphrase_passwd=one,passwd=two,passwd=three")) {
            assertThat(list.secret("passwd", "passphrase_passwd").orElseThrow().buffer())
                    .isEqualTo(StandardCharsets.UTF_8.encode("two"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"=a", "rw,=a", ":a", "=", "key=passphrase:=x", "rw\n:"})
    void anOptionWithoutANameIsRefused(String text) {
        assertThatThrownBy(() -> OptionList.of(text))
                .isInstanceOfSatisfying(KeyModuleException.class, e -> assertThat(e.reason())
                        .isEqualTo(KeyModuleException.Reason.BAD_PARAMETER));
    }

    @Test
    void nothingSecretIsInTheTextOfAList() throws KeyModuleException {
        try (OptionList list = OptionList.of("key=passphrase:passwd=geheim,passphrase_passwd=geheim")) {
            assertThat(list.toString() + list.options()).doesNotContain("geheim");
        }
    }

    @Test
    void closingAListWipesItsValues() throws KeyModuleException {
        OptionList list = OptionList.of("key=passphrase:passwd=geheim,passwd=geheim");
        Secret value = list.secret("passwd").orElseThrow();
        Secret part = list.options().get(0).parts().get(0).value().orElseThrow();
        list.close();
        assertThatThrownBy(value::buffer).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(part::buffer).isInstanceOf(IllegalStateException.class);
    }

    @Property
    void anySecretValueIsKeptByteForByte(
            @ForAll @StringLength(max = 200) @CharRange(from = ' ', to = '\u024f') String value)
            throws KeyModuleException {
        String text = value.replace(",", "");
        try (OptionList list = OptionList.of("rw,passwd=" + text + ",ro")) {
            assertThat(list.options()).hasSize(3);
            assertThat(list.secret("passwd").orElseThrow().buffer()).isEqualTo(StandardCharsets.UTF_8.encode(text));
        }
    }

    @Property
    void anyBytesAreOptionsOrRefusedButNothingElse(@ForAll @Size(max = 300) byte[] noise) {
        try (OptionList list = OptionList.parse(ByteBuffer.wrap(noise))) {
            assertThat(list.options())
                    .allSatisfy(option -> assertThat(option.name()).isNotEmpty());
        } catch (KeyModuleException e) {
            assertThat(e.reason()).isEqualTo(KeyModuleException.Reason.BAD_PARAMETER);
        }
    }

    @Test
    void aFileIsRead() throws Exception {
        Path file = Files.writeString(directory.resolve("rc"), "passphrase_passwd=test\n");
        try (OptionList list = OptionList.read(file)) {
            assertThat(list.options()).extracting(Option::written).isEqualTo(List.of("passphrase_passwd=test"));
        }
    }

    @Test
    void anOpenFileIsReadToItsEnd() throws Exception {
        Path file = Files.writeString(directory.resolve("rc"), "a=1,b=2");
        try (OptionList list = OptionList.read(Descriptor.openReadWrite(file.toString()))) {
            assertThat(list.options()).hasSize(2);
        }
    }

    @Test
    void aNamedPipeIsRefusedWithoutWaiting() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", "-m", "600", pipe.toString())
                        .start()
                        .waitFor())
                .isZero();

        assertThatThrownBy(() -> OptionList.read(pipe))
                .isInstanceOf(UntrustedFileException.class)
                .hasMessageContaining("is not a regular file");
    }

    @Test
    void aFileThatOthersCouldHaveWrittenIsRefused() throws Exception {
        Path file = Files.writeString(directory.resolve("rc"), "salt=0011223344556677\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));

        assertThatThrownBy(() -> OptionList.read(file))
                .isInstanceOf(UntrustedFileException.class)
                .hasMessageContaining("chmod go-w " + file);
    }

    @Test
    void aFileOfExactlyTheLimitIsReadAndALargerOneRefused() throws Exception {
        Path file = directory.resolve("large");
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength(OptionList.MAX_BYTES);
        }
        try (OptionList list = OptionList.read(file)) {
            assertThat(list.options()).hasSize(1);
        }
        Files.writeString(file, "x", java.nio.file.StandardOpenOption.APPEND);
        assertThatThrownBy(() -> OptionList.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("40960");
    }

    @Test
    void aMissingFileAndADirectoryAreRefused() {
        assertThatThrownBy(() -> OptionList.read(directory.resolve("none"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> OptionList.read(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not a regular file");
    }
}
