package org.ecryptfsj.keyfile.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.tree.UntrustedFileException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuardedMountsTest {
    private static final UUID ID = UUID.fromString("6f0d3a52-91c4-4a7e-8b11-2f3c4d5e6f70");
    private static final GuardedMount MOUNT = new GuardedMount(
            ID,
            List.of(
                    new KernelKey(123456, new Signature("ffd652511eaff04a")),
                    new KernelKey(7, new Signature("0123456789abcdef"))),
            Path.of("/secret"),
            Path.of("/srv/secret"),
            Optional.of(Path.of("/etc/ecryptfsj/keys/secret.key")),
            Optional.of(new WatchedRegisters("tspi", Map.of(4, "00ff", 0, "ab"), Duration.ofSeconds(5))));

    @TempDir
    Path run;

    private Path directory;
    private GuardedMounts mounts;
    private final List<String> problems = new ArrayList<>();

    @BeforeEach
    void prepare() {
        directory = run.resolve("ecryptfsj/guard");
        mounts = new GuardedMounts(directory);
    }

    private Path file() {
        return directory.resolve(ID + ".json");
    }

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        mounts.write(MOUNT);

        assertThat(mounts.read(this::note)).containsExactly(MOUNT);
        assertThat(problems).isEmpty();
        assertThat(mounts.names()).containsExactly(ID + ".json");
    }

    @Test
    void aMountWithoutKeyFileAndPcrsIsReadBack() throws IOException {
        GuardedMount mount = new GuardedMount(
                ID, MOUNT.keys(), MOUNT.mountPoint(), MOUNT.lower(), Optional.empty(), Optional.empty());

        mounts.write(mount);

        assertThat(mounts.read(this::note)).containsExactly(mount);
    }

    @Test
    void aPathThatIsNoTextIsReadBack() throws IOException {
        Path odd = Path.of(URI.create("file:///mnt/a%20%FF%0Ab"));
        mounts.write(new GuardedMount(ID, MOUNT.keys(), odd, odd.resolve("c"), Optional.of(odd), MOUNT.watched()));

        GuardedMount read = mounts.read(this::note).get(0);

        assertThat(read.mountPoint()).isEqualTo(odd);
        assertThat(read.lower()).isEqualTo(odd.resolve("c"));
        assertThat(read.keyFile()).hasValue(odd);
    }

    @Test
    void onlyTheOwnerMayReadThem() throws IOException {
        mounts.write(MOUNT);

        assertThat(Files.getPosixFilePermissions(file())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.getPosixFilePermissions(directory)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void aRemovedMountIsGoneAndRemovingItAgainIsNoError() throws IOException {
        mounts.write(MOUNT);

        mounts.remove(ID);
        mounts.remove(ID);

        assertThat(mounts.read(this::note)).isEmpty();
        assertThat(mounts.names()).isEmpty();
    }

    @Test
    void withoutTheDirectoryThereIsNone() throws IOException {
        assertThat(mounts.read(this::note)).isEmpty();
        assertThat(problems).isEmpty();
    }

    @Test
    void whatAKilledWriterLeftIsNoRecord() throws IOException {
        mounts.write(MOUNT);
        Files.writeString(directory.resolve("." + UUID.randomUUID() + ".json." + UUID.randomUUID() + ".new"), "{");

        assertThat(mounts.read(this::note)).containsExactly(MOUNT);
        assertThat(problems).isEmpty();
    }

    @Test
    void aDirectoryThatOthersMayWriteIsRefused() throws IOException {
        mounts.write(MOUNT);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(() -> mounts.read(this::note)).isInstanceOf(UntrustedFileException.class);
        assertThatThrownBy(() -> mounts.write(MOUNT)).isInstanceOf(UntrustedFileException.class);
    }

    @Test
    void aFileThatOthersMayWriteIsNamedAndTheOthersAreRead() throws IOException {
        mounts.write(MOUNT);
        UUID other = UUID.fromString("00000000-0000-4000-8000-000000000000");
        mounts.write(new GuardedMount(
                other, MOUNT.keys(), MOUNT.mountPoint(), MOUNT.lower(), Optional.empty(), Optional.empty()));
        Files.setPosixFilePermissions(directory.resolve(other + ".json"), PosixFilePermissions.fromString("rw-rw-rw-"));

        assertThat(mounts.read(this::note)).containsExactly(MOUNT);
        assertThat(problems).singleElement().asString().contains(other.toString(), "others may write", "What to do:");
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        mounts.write(MOUNT);
        Path elsewhere = run.resolve("elsewhere.json");
        Files.move(file(), elsewhere);
        Files.createSymbolicLink(file(), elsewhere);

        assertThat(mounts.read(this::note)).isEmpty();
        assertThat(problems).singleElement().asString().contains("symbolic link");
    }

    @Test
    void theFileOfAnotherMountIsNamed() throws IOException {
        mounts.write(MOUNT);
        Path renamed = directory.resolve(UUID.randomUUID() + ".json");
        Files.move(file(), renamed);

        assertThat(mounts.read(this::note)).isEmpty();
        assertThat(problems).singleElement().asString().contains("the file of mount " + ID);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            "version": 1            | "version": 2            | version
            "serial": 123456        | "serial": 0             | serial
            "serial": 123456        | "serial": 4294967296    | serial
            ffd652511eaff04a        | FFD652511EAFF04A        | signature
            file:///secret          | http://host/secret      | not a file: URI
            file:///secret          | file://host/secret      | URI
            file:///secret          | file:///a%00b           | Nul
            file:///secret          | file:///a%2Fb           | encoded slash
            file:///secret          | /secret                 | not a file: URI
            "recheckSeconds": 5     | "recheckSeconds": 0     | recheckSeconds
            "recheckSeconds": 5     | "recheckSeconds": 86401 | recheckSeconds
            "number": 4             | "number": 0             | twice
            "number": 4             | "number": 32            | number
            00ff                    | 00FF                    | lowercase
            6f0d3a52-91c4-4a7e-8b11 | 6f0d3a52-91c4-4a7e-8b1  | not a UUID in lowercase hex digits
            6f0d3a52-91c4-4a7e-8b11 | nonsense                | UUID
            """)
    void aDamagedMemberIsNamed(String member, String damaged, String named) throws IOException {
        mounts.write(MOUNT);
        String text = Files.readString(file());
        assertThat(text).contains(member);
        Files.writeString(file(), text.replace(member, damaged));

        assertThat(mounts.read(this::note)).isEmpty();
        assertThat(problems).singleElement().asString().contains(file().toString(), named);
    }

    @Test
    void aFileThatIsTooLongOrCutIsNamed() throws IOException {
        mounts.write(MOUNT);
        String text = Files.readString(file());

        Files.writeString(file(), text + " ".repeat(GuardedMountFormat.MOST_FILE_BYTES));
        assertThat(mounts.read(this::note)).isEmpty();
        Files.write(file(), text.substring(0, text.length() / 2).getBytes(StandardCharsets.UTF_8));
        assertThat(mounts.read(this::note)).isEmpty();

        assertThat(problems).hasSize(2);
        assertThat(problems.get(0)).contains("longer than");
        assertThat(problems.get(1)).contains("not JSON");
    }

    @Test
    void aMountWithoutKeysOrWithARelativePathCannotBeMade() {
        assertThatThrownBy(() -> new GuardedMount(
                        ID, List.of(), MOUNT.mountPoint(), MOUNT.lower(), Optional.empty(), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new GuardedMount(
                        ID, MOUNT.keys(), Path.of("secret"), MOUNT.lower(), Optional.empty(), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WatchedRegisters("tspi", Map.of(), Duration.ofSeconds(5)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void note(UnusableRecord record) {
        problems.add(record.sentence());
    }
}
