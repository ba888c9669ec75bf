package org.ecryptfsj.keymodule.tspi;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file in which tcsd stores the entry of the storage root key (SRK): system_ps_file of tcsd.conf, by default {@code
 * /var/lib/tpm/system.data} (tcsd.conf(5)). Only tcsd uses it; it is read here to explain failures of tcsd.
 *
 * @param configuration tcsd's configuration file
 */
record TcsdKeyStorage(Path configuration) {
    private static final Pattern SETTING = Pattern.compile("\\s*system_ps_file\\s*=\\s*(/\\S*)\\s*");
    private static final Path DEFAULT_FILE = Path.of("/var/lib/tpm/system.data");

    /** The storage of the tcsd that libtspi uses; empty if the environment names another tcsd than this machine's. */
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

    /** The damage of the file; empty if it is valid, or this process may not read it. */
    Optional<String> damage() {
        return KeyStorageFile.read(file()).flatMap(KeyStorageFile::damage);
    }

    /** Whether the file exists without the SRK: tcsd removes damaged entries when it starts. */
    boolean lacksSrk() {
        return KeyStorageFile.read(file())
                .filter(keys -> !keys.has(KeyUuid.SRK))
                .isPresent();
    }

    @Override
    public String toString() {
        return file().toString();
    }
}
