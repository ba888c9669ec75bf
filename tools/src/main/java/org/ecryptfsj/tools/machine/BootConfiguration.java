package org.ecryptfsj.tools.machine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The configuration of one directory that is mounted at boot: a file of shell assignments, which the boot scripts
 * read. The names are those of the IBM blueprint, and those of key files.
 *
 * @param file path of the configuration file
 * @param values the non-empty ones of TSPI_UUID, KEY_FILE, ASK, SRC_PATH, MOUNT_POINT and MOUNT_OPTIONS
 */
public record BootConfiguration(String file, Map<String, String> values) {
    /** The service that mounts the directory of the main file. */
    public static final String SERVICE = "ecryptfs-tpm-mount";

    /** UUID of the TPM key. */
    public static final String UUID = "TSPI_UUID";

    /** Path of the key file, instead of a TPM key. */
    public static final String KEY_FILE = "KEY_FILE";

    /** Whether a person is asked if the key file's other protectors fail: {@code yes} or {@code no}. */
    public static final String ASK = "ASK";

    /** Path of the directory with the encrypted files. */
    public static final String SOURCE = "SRC_PATH";

    /** Path of the mount point. */
    public static final String MOUNT_POINT = "MOUNT_POINT";

    /** Further mount options. */
    public static final String OPTIONS = "MOUNT_OPTIONS";

    private static final List<String> NAMES = List.of(UUID, KEY_FILE, ASK, SOURCE, MOUNT_POINT, OPTIONS);
    private static final String DIRECTORY = "/etc/ecryptfsj/mounts";

    /** @throws NullPointerException if a component is null */
    public BootConfiguration {
        values = Map.copyOf(values);
    }

    /**
     * Path of the main file, which need not exist. The boot scripts look in /etc/default first, then in /etc/sysconfig.
     */
    public static String mainFile(Machine machine) {
        String debianFile = "/etc/default/" + SERVICE;
        String redHatFile = "/etc/sysconfig/" + SERVICE;
        return !machine.exists(debianFile) && machine.exists(redHatFile) ? redHatFile : debianFile;
    }

    /** All configurations that name a key or a directory. A file that names neither is a template. */
    public static List<BootConfiguration> all(Machine machine) throws IOException {
        List<String> files = new ArrayList<>(List.of("/etc/default/" + SERVICE, "/etc/sysconfig/" + SERVICE));
        machine.list(DIRECTORY).stream().filter(file -> file.endsWith(".conf")).forEach(files::add);
        List<BootConfiguration> all = new ArrayList<>();
        for (String file : files) {
            BootConfiguration one = parse(file, machine.lines(file));
            if (one.value(UUID)
                    .or(() -> one.value(KEY_FILE))
                    .or(() -> one.value(SOURCE))
                    .or(() -> one.value(MOUNT_POINT))
                    .isPresent()) {
                all.add(one);
            }
        }
        return all;
    }

    /** Parses shell assignments. Quotes are removed; of several assignments to one name the last one counts. */
    public static BootConfiguration parse(String file, List<String> lines) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String line : lines) {
            int sign = line.indexOf('=');
            String name = sign < 0 ? "" : line.substring(0, sign).strip().replaceFirst("^export\\s+", "");
            if (NAMES.contains(name)) {
                String value = unquoted(line.substring(sign + 1).strip());
                values.remove(name);
                if (!value.isEmpty()) {
                    values.put(name, value);
                }
            }
        }
        return new BootConfiguration(file, values);
    }

    /** Whether the mount options contain a key=, so that no UUID is needed. */
    public boolean namesKeyAmongOptions() {
        return value(OPTIONS).filter(options -> options.matches("(.*,)?key=.*")).isPresent();
    }

    /** The path of the key file, also if a mount option names it. */
    public Optional<String> keyFile() {
        return value(KEY_FILE).or(() -> value(OPTIONS).stream()
                .flatMap(options -> Stream.of(options.split(",", -1)))
                .filter(option -> option.startsWith("key="))
                .flatMap(option -> KeyFileOption.path(option.substring("key=".length())).stream())
                .findFirst());
    }

    /** The value of this name. */
    public Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    private static String unquoted(String value) {
        if (value.length() >= 2 && (value.startsWith("\"") || value.startsWith("'"))) {
            int end = value.indexOf(value.charAt(0), 1);
            if (end > 0) {
                return value.substring(1, end);
            }
        }
        return value.replaceFirst("\\s.*", "");
    }
}
