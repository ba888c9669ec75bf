package org.ecryptfsj.keymodule.tspi;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file in which tcsd keeps the storage root key's entry: system_ps_file of tcsd.conf, {@code /var/lib/tpm/system.data} if
 * that does not say (tcsd.conf(5)). Only tcsd uses it; here it is looked at to say why tcsd does not do what it should.
 *
 * @param configuration tcsd's configuration file
 */
record TcsdKeyStorage(Path configuration) {
    private static final Pattern SETTING = Pattern.compile("\\s*system_ps_file\\s*=\\s*(/\\S*)\\s*");
    private static final Path DEFAULT_FILE = Path.of("/var/lib/tpm/system.data");

    /** That of the tcsd which libtspi uses in this process; empty if it is another one than this machine's usual one. */
    static Optional<TcsdKeyStorage> ofThisProcess() {
        boolean isDefault = System.getenv("TSS_TCSD_HOSTNAME") == null && System.getenv("TSS_TCSD_PORT") == null;
        return isDefault ? Optional.of(new TcsdKeyStorage(Path.of("/etc/tcsd.conf"))) : Optional.empty();
    }

    Path file() {
        Path file = DEFAULT_FILE;
        try {
            for (String line : Files.readAllLines(configuration, StandardCharsets.ISO_8859_1)) {
                Matcher matcher = SETTING.matcher(line);
                if (matcher.matches()) {
                    file = Path.of(matcher.group(1));
                }
            }
            return file;
        } catch (IOException e) {
            return DEFAULT_FILE;
        }
    }

    /** What is wrong with the file's contents; empty if nothing is, or this process may not read it. */
    Optional<String> damage() {
        return KeyStorageFile.read(file()).flatMap(KeyStorageFile::damage);
    }

    /** Whether the file is there, and without the SRK: tcsd throws out of it what it finds damaged when it starts. */
    boolean lacksSrk() {
        return KeyStorageFile.read(file()).filter(keys -> !keys.has(KeyUuid.SRK)).isPresent();
    }

    @Override
    public String toString() {
        return file().toString();
    }
}
