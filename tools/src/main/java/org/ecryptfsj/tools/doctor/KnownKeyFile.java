package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.tools.keyfile.KeyFilePath;
import org.ecryptfsj.tools.machine.BootConfiguration;
import org.ecryptfsj.tools.machine.KeyFileOption;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.mount.MountTable;

/**
 * A key file of a machine.
 *
 * @param machine that has it
 * @param path of the key file
 * @param namedIn the configuration files that name it; none if it is only found in the directory of key files
 */
record KnownKeyFile(Machine machine, String path, List<String> namedIn) {
    /** The type of protectors of a TPM 1.2. */
    static final String TPM = "tspi";

    private static final String FSTAB = "/etc/fstab";

    KnownKeyFile {
        namedIn = List.copyOf(namedIn);
    }

    /** Those in the directory of key files, and those that fstab and the boot configuration name. */
    static List<KnownKeyFile> all(Machine machine) throws IOException {
        Map<String, List<String>> files = new LinkedHashMap<>();
        machine.list(KeyFilePath.OF_ROOT).stream()
                .filter(path -> path.endsWith(KeyFilePath.SUFFIX) && !path.contains("/."))
                .forEach(path -> files.put(path, new ArrayList<>()));
        for (BootConfiguration configuration : BootConfiguration.all(machine)) {
            configuration.keyFile().ifPresent(path -> add(files, path, configuration.file()));
        }
        for (MountTable.Entry line : MountTable.parse(machine.lines(FSTAB)).ecryptfs()) {
            line.values("key").stream()
                    .flatMap(key -> KeyFileOption.path(key).stream())
                    .forEach(path -> add(files, path, FSTAB));
        }
        return files.entrySet().stream()
                .filter(file -> file.getKey().startsWith("/"))
                .map(file -> new KnownKeyFile(machine, file.getKey(), file.getValue()))
                .toList();
    }

    private static void add(Map<String, List<String>> files, String path, String namedIn) {
        files.computeIfAbsent(path, p -> new ArrayList<>()).add(namedIn);
    }

    /** Reads it, as a mount does. */
    KeyFile read() throws KeyFileException, IOException {
        return new KeyFileStore().read(machine.resolve(path));
    }

    /** Whether it can be read and has a protector of a TPM. */
    boolean needsTpm() {
        try {
            return read().protectors().stream()
                    .anyMatch(protector -> protector.type().equals(TPM));
        } catch (KeyFileException | IOException e) {
            System.getLogger(KnownKeyFile.class.getName()).log(System.Logger.Level.DEBUG, "a finding tells of it", e);
            return false;
        }
    }
}
