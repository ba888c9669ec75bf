package org.ecryptfsj.tools.machine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One directory that is mounted at boot, as the boot scripts read it: a file of shell assignments with the names of the
 * blueprint.
 *
 * @param file where it stands
 * @param values TSPI_UUID, SRC_PATH, MOUNT_POINT, MOUNT_OPTIONS; those that are there and not empty
 */
public record BootConfiguration(String file, Map<String, String> values) {
    /** The service that mounts what the main file says. */
    public static final String SERVICE = "ecryptfs-tpm-mount";

    /** The key's name. */
    public static final String UUID = "TSPI_UUID";

    /** Where the encrypted files are. */
    public static final String SOURCE = "SRC_PATH";

    /** Where they are to be read. */
    public static final String MOUNT_POINT = "MOUNT_POINT";

    /** Further mount options. */
    public static final String OPTIONS = "MOUNT_OPTIONS";

    private static final List<String> NAMES = List.of(UUID, SOURCE, MOUNT_POINT, OPTIONS);
    private static final String DIRECTORY = "/etc/ecryptfsj/mounts";

    /** @throws NullPointerException if a component is null */
    public BootConfiguration {
        values = Map.copyOf(values);
    }

    /** The main file, there or to be: the boot scripts look for it below /etc/default first, then below /etc/sysconfig. */
    public static String mainFile(Machine machine) {
        String debianFile = "/etc/default/" + SERVICE;
        String redHatFile = "/etc/sysconfig/" + SERVICE;
        return !machine.exists(debianFile) && machine.exists(redHatFile) ? redHatFile : debianFile;
    }

    /** All that names a key or a directory. A file without any is a template, not a configuration. */
    public static List<BootConfiguration> all(Machine machine) throws IOException {
        List<String> files = new ArrayList<>(List.of("/etc/default/" + SERVICE, "/etc/sysconfig/" + SERVICE));
        machine.list(DIRECTORY).stream().filter(file -> file.endsWith(".conf")).forEach(files::add);
        List<BootConfiguration> all = new ArrayList<>();
        for (String file : files) {
            BootConfiguration one = parse(file, machine.lines(file));
            if (one.value(UUID)
                    .or(() -> one.value(SOURCE))
                    .or(() -> one.value(MOUNT_POINT))
                    .isPresent()) {
                all.add(one);
            }
        }
        return all;
    }

    /** What these lines set; an assignment's quotes are taken off, and the last one of a name counts. */
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

    /** Whether the options name a key of their own, so that there need be no UUID. */
    public boolean namesKeyAmongOptions() {
        return value(OPTIONS).filter(options -> options.matches("(.*,)?key=.*")).isPresent();
    }

    /** The value of that name. */
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
