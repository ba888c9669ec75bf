package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.mount.MountTable;

/**
 * Takes back what the journal tells, the last first. What would lose somebody's files stays, and stays in the journal: a
 * key that encrypted files need, a directory that is not empty.
 */
final class Undoing {
    /** How ecryptfs-setup-swap names what it puts into crypttab. */
    private static final String SWAP_NAME = "cryptswap";

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Site site;
    private final Journal journal;
    private final Consumer<String> speech;

    Undoing(Site site, Journal journal, Consumer<String> speech) {
        this.site = site;
        this.journal = journal;
        this.speech = speech;
    }

    /**
     * Takes back all that can be.
     *
     * @return sentences on what stays
     */
    List<String> run() throws IOException {
        List<Deed> deeds = journal.deeds();
        List<Deed> left = new ArrayList<>();
        List<String> remains = new ArrayList<>();
        for (int i = deeds.size() - 1; i >= 0; i--) {
            Deed deed = deeds.get(i);
            Optional<String> obstacle = takeBack(deed);
            if (obstacle.isPresent()) {
                left.add(0, deed);
                remains.add(obstacle.get());
            }
        }
        journal.keep(left);
        return remains;
    }

    /** @return what stays and why; empty if it is taken back */
    private Optional<String> takeBack(Deed deed) {
        try {
            return switch (deed.kind()) {
                case COMPLETE -> Optional.empty();
                case PROBE -> deleteProbe(deed.subject());
                case MOUNT -> unmount(deed.subject());
                case SWAP -> decryptSwap(deed.subject());
                case SERVICE -> disable(deed.subject());
                case FILE -> restore(deed);
                case KEY -> removeKey(deed);
                case DIRECTORY -> removeDirectory(deed.subject());
            };
        } catch (ToolFailure | IOException e) {
            return Optional.of(deed.subject() + " (" + deed.kind() + ") could not be taken back: " + e.getMessage());
        }
    }

    private Optional<String> unmount(String mountPoint) throws ToolFailure, IOException {
        boolean mounted = MountTable.parse(site.machine().lines("/proc/self/mounts"))
                .ecryptfsAt(mountPoint)
                .isPresent();
        if (mounted) {
            site.programs().require(List.of("umount", mountPoint));
            speech.accept("unmounted " + mountPoint);
        }
        return Optional.empty();
    }

    /** The encrypted file, whose name is plain: what was mounted is unmounted by now. */
    private Optional<String> deleteProbe(String source) throws IOException {
        site.files().delete(site.machine().at(source).resolve(Steps.PROBE));
        return Optional.empty();
    }

    private Optional<String> decryptSwap(String device) throws ToolFailure, IOException {
        if (site.machine().lines("/etc/crypttab").stream().noneMatch(line -> line.startsWith(SWAP_NAME))) {
            return Optional.empty();
        }
        site.programs().require(List.of("ecryptfs-setup-swap", "--undo"));
        speech.accept("swap on " + device + " is no longer encrypted");
        return Optional.empty();
    }

    private Optional<String> disable(String service) throws ToolFailure, IOException {
        Optional<List<String>> command = site.init().disable(service);
        if (command.isEmpty()) {
            return Optional.of(service + " is still started at boot: take it out of your init");
        }
        site.programs().require(command.get());
        speech.accept(service + " is no longer started at boot");
        return Optional.empty();
    }

    private Optional<String> restore(Deed deed) throws IOException {
        Path file = site.machine().at(deed.subject());
        Files.deleteIfExists(Steps.unfinished(file));
        if (deed.detail().isEmpty()) {
            if (Files.deleteIfExists(file)) {
                speech.accept("removed " + deed.subject());
            }
            return Optional.empty();
        }
        Path backup = site.machine().at(deed.detail());
        Files.deleteIfExists(Steps.unfinished(backup));
        // Without one the file was not changed yet, or is back already.
        if (Files.exists(backup)) {
            Files.move(backup, file, StandardCopyOption.REPLACE_EXISTING);
            speech.accept("put " + deed.subject() + " back as it was");
        }
        return Optional.empty();
    }

    private Optional<String> removeKey(Deed deed) throws ToolFailure, IOException {
        List<String> files = site.machine().list(deed.detail());
        if (!files.isEmpty()) {
            return Optional.of("the TPM key " + deed.subject() + " stays, because what is in " + deed.detail()
                    + " can be read with it: copy that out first (ecryptfs-decrypt, or a mount), remove it, and undo"
                    + " again");
        }
        try {
            site.device().remove(deed.subject(), PATIENCE);
        } catch (KeyModuleException e) {
            if (e.reason() == Reason.KEY_NOT_FOUND) {
                return Optional.empty();
            }
            return Optional.of("the TPM key " + deed.subject() + " stays: " + e.getMessage());
        }
        speech.accept("removed the TPM key " + deed.subject());
        return Optional.empty();
    }

    private Optional<String> removeDirectory(String directory) throws IOException {
        try {
            Files.delete(site.machine().at(directory));
            speech.accept("removed " + directory);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (DirectoryNotEmptyException e) {
            return Optional.of(directory + " stays, because it is not empty");
        }
        return Optional.empty();
    }
}
