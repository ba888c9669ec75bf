package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.lower.EncryptedName;
import org.ecryptfsj.lower.MalformedLowerException;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;

/**
 * Encrypts names and targets of symbolic links with another key: renames entries, and makes symbolic links anew. Each name says
 * which key it has, so a run that was killed is continued by the next one.
 */
final class NameRekey {
    /** A symbolic link that is being made, in the directory of the old one. */
    static final FileName PARTIAL_LINK = FileName.of(".ecryptfs-rekey.part");

    private final OfflineKeys keys;
    private final Signature key;
    private final boolean dryRun;
    private final RekeyReport report;

    /** @param key signature of the new key */
    NameRekey(OfflineKeys keys, Signature key, boolean dryRun, RekeyReport report) {
        this.keys = keys;
        this.key = key;
        this.dryRun = dryRun;
        this.report = report;
    }

    /** A change of a directory. */
    @FunctionalInterface
    private interface Change {
        void run() throws TreeException;
    }

    /**
     * Renames an entry that is no symbolic link.
     *
     * @return its name now
     */
    FileName rename(TreeDirectory directory, FileName name) throws SkippedEntryException, ToolFailure, IOException {
        Optional<FileName> renamed = reencrypted(name.bytes()).map(FileName::of);
        if (renamed.isEmpty()) {
            return name;
        }
        if (directory.status(renamed.get()).isPresent()) {
            throw new SkippedEntryException(
                    "the directory has the same name under the new key: one of both must be removed");
        }
        report.count(RekeyCount.NAMES_CHANGED);
        if (dryRun) {
            return name;
        }
        keepingTime(directory, () -> directory.rename(name, directory, renamed.get()));
        return renamed.get();
    }

    /** Makes a symbolic link anew, under its new name; the old one is removed last. */
    void replaceLink(TreeDirectory directory, FileName name, FileStatus status)
            throws SkippedEntryException, ToolFailure, IOException {
        byte[] target = directory.readSymlink(name);
        Optional<byte[]> newTarget = reencrypted(target);
        if (newTarget.isEmpty()) {
            rename(directory, name);
            return;
        }
        Optional<FileName> newName = reencrypted(name.bytes()).map(FileName::of);
        boolean made = false;
        if (newName.isPresent() && directory.status(newName.get()).isPresent()) {
            requireLink(directory, newName.get(), newTarget.get());
            made = true;
        }
        report.count(RekeyCount.TARGETS_CHANGED);
        newName.ifPresent(changed -> report.count(RekeyCount.NAMES_CHANGED));
        if (dryRun) {
            return;
        }
        boolean make = !made;
        keepingTime(directory, () -> {
            if (make) {
                make(directory, newName.orElse(name), newTarget.get(), status);
            }
            if (newName.isPresent()) {
                directory.remove(name);
            }
        });
    }

    private static void requireLink(TreeDirectory directory, FileName name, byte[] target)
            throws SkippedEntryException, TreeException {
        boolean isLink = directory.status(name).filter(FileStatus::isSymlink).isPresent();
        if (!isLink || !Arrays.equals(directory.readSymlink(name), target)) {
            throw new SkippedEntryException(
                    "the directory has the same name under the new key: one of both must be removed");
        }
    }

    private static void make(TreeDirectory directory, FileName name, byte[] target, FileStatus old)
            throws TreeException {
        directory.remove(PARTIAL_LINK);
        directory.createSymlink(PARTIAL_LINK, target);
        directory.setOwner(PARTIAL_LINK, old.uid(), old.gid());
        directory.rename(PARTIAL_LINK, directory, name);
    }

    /** A name or target under the new key; empty if it has that key already, or is not encrypted. */
    private Optional<byte[]> reencrypted(byte[] lower) throws SkippedEntryException, ToolFailure, IOException {
        if (!EncryptedName.isEncrypted(lower)) {
            return Optional.empty();
        }
        try {
            EncryptedName old = EncryptedName.read(lower);
            return old.signature().equals(key)
                    ? Optional.empty()
                    : Optional.of(keys.reencrypt(old, key).lower());
        } catch (MalformedLowerException e) {
            throw new SkippedEntryException(e.getMessage());
        }
    }

    /** The directory's time is shown through a mount. Only its owner can set it; a failure is not one of the names'. */
    private static void keepingTime(TreeDirectory directory, Change change) throws TreeException {
        FileStatus before = directory.status();
        change.run();
        try {
            directory.setModified(before.modified());
        } catch (TreeException e) {
            System.getLogger(NameRekey.class.getName())
                    .log(System.Logger.Level.DEBUG, "cannot set the time of a directory back", e);
        }
    }
}
