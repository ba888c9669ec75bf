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
import org.ecryptfsj.tree.AtomicFileWriter;

/**
 * Undoes the changes in the undo log, the last one first. A change whose undoing would lose files stays, also in the
 * undo log: a key that encrypted files need, a directory that is not empty.
 */
final class Rollback {
    /** Prefix of the names that ecryptfs-setup-swap writes to crypttab. */
    private static final String SWAP_NAME = "cryptswap";

    private static final Duration TPM_TIMEOUT = Duration.ofSeconds(30);

    private final SetupContext context;
    private final UndoLog undoLog;
    private final Consumer<String> messages;

    Rollback(SetupContext context, UndoLog undoLog, Consumer<String> messages) {
        this.context = context;
        this.undoLog = undoLog;
        this.messages = messages;
    }

    /** Undoes all changes that can be undone.
     *
     * @return for each remaining change a message
     */
    List<String> run() throws IOException {
        List<UndoEntry> entries = undoLog.entries();
        List<UndoEntry> notUndone = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (int i = entries.size() - 1; i >= 0; i--) {
            UndoEntry entry = entries.get(i);
            Optional<String> obstacle = undo(entry);
            if (obstacle.isPresent()) {
                notUndone.add(0, entry);
                failures.add(obstacle.get());
            }
        }
        undoLog.keep(notUndone);
        return failures;
    }

    /** @return a message if the change remains; empty if it is undone */
    private Optional<String> undo(UndoEntry entry) {
        try {
            return switch (entry.kind()) {
                case COMPLETE -> Optional.empty();
                case PROBE -> deleteProbe(entry.subject());
                case MOUNT -> unmount(entry.subject());
                case SWAP -> decryptSwap(entry.subject());
                case SERVICE -> disable(entry.subject());
                case FILE -> restore(entry);
                case KEY_FILE -> removeKeyFile(entry);
                case KEY -> removeKey(entry);
                case DIRECTORY -> removeDirectory(entry.subject());
            };
        } catch (ToolFailure | IOException e) {
            return Optional.of(entry.subject() + " (" + entry.kind() + ") could not be undone: " + e.getMessage());
        }
    }

    private Optional<String> unmount(String mountPoint) throws ToolFailure, IOException {
        boolean mounted = MountTable.parse(context.machine().lines("/proc/self/mounts"))
                .ecryptfsAt(mountPoint)
                .isPresent();
        if (mounted) {
            context.programs().runOrFail(List.of("umount", mountPoint));
            messages.accept("unmounted " + mountPoint);
        }
        return Optional.empty();
    }

    /** The directory is unmounted before. */
    private Optional<String> deleteProbe(String source) throws IOException {
        MountCheck.deleteProbe(context, source);
        return Optional.empty();
    }

    private Optional<String> decryptSwap(String device) throws ToolFailure, IOException {
        if (context.machine().lines("/etc/crypttab").stream().noneMatch(line -> line.startsWith(SWAP_NAME))) {
            return Optional.empty();
        }
        context.programs().runOrFail(List.of("ecryptfs-setup-swap", "--undo"));
        messages.accept("swap on " + device + " is no longer encrypted");
        return Optional.empty();
    }

    private Optional<String> disable(String service) throws ToolFailure, IOException {
        Optional<List<String>> command = context.init().disable(service);
        if (command.isEmpty()) {
            return Optional.of(service + " is still started at boot: disable it in your init system");
        }
        context.programs().runOrFail(command.get());
        messages.accept(service + " is no longer started at boot");
        return Optional.empty();
    }

    private Optional<String> restore(UndoEntry entry) throws IOException {
        Path file = context.machine().resolve(entry.subject());
        Files.deleteIfExists(SetupSteps.temporary(file));
        if (entry.detail().isEmpty()) {
            if (Files.deleteIfExists(file)) {
                messages.accept("removed " + entry.subject());
            }
            return Optional.empty();
        }
        Path backup = context.machine().resolve(entry.detail());
        Files.deleteIfExists(SetupSteps.temporary(backup));
        // Without a backup the file was not changed yet, or is already restored.
        if (Files.exists(backup)) {
            Files.move(backup, file, StandardCopyOption.REPLACE_EXISTING);
            messages.accept("restored " + entry.subject());
        }
        return Optional.empty();
    }

    private Optional<String> removeKey(UndoEntry entry) throws ToolFailure, IOException {
        Optional<String> needed = needed("the TPM key " + entry.subject(), entry.detail());
        if (needed.isPresent()) {
            return needed;
        }
        try {
            context.device().remove(entry.subject(), TPM_TIMEOUT);
        } catch (KeyModuleException e) {
            if (e.reason() == Reason.KEY_NOT_FOUND) {
                return Optional.empty();
            }
            return Optional.of("the TPM key " + entry.subject() + " stays: " + e.getMessage());
        }
        messages.accept("removed the TPM key " + entry.subject());
        return Optional.empty();
    }

    private Optional<String> removeKeyFile(UndoEntry entry) throws IOException {
        Optional<String> needed = needed("the key file " + entry.subject(), entry.detail());
        if (needed.isPresent()) {
            return needed;
        }
        Path file = context.machine().resolve(entry.subject());
        new AtomicFileWriter().deleteLeftovers(file);
        if (Files.deleteIfExists(file)) {
            messages.accept("removed " + entry.subject());
        }
        return Optional.empty();
    }

    /** @return why a key must stay; empty if no encrypted files are left */
    private Optional<String> needed(String key, String directory) throws IOException {
        return context.machine().list(directory).isEmpty()
                ? Optional.empty()
                : Optional.of(key + " stays, because it encrypts the files in " + directory
                        + ": copy them out (ecryptfs-decrypt, or a mount), remove the encrypted files, and undo again");
    }

    private Optional<String> removeDirectory(String directory) throws IOException {
        try {
            Files.delete(context.machine().resolve(directory));
            messages.accept("removed " + directory);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (DirectoryNotEmptyException e) {
            return Optional.of(directory + " stays, because it is not empty");
        }
        return Optional.empty();
    }
}
