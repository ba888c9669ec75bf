package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.lower.EncryptedName;
import org.ecryptfsj.lower.MalformedLowerException;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeDirectory;

/**
 * Checks names and targets of symbolic links: their encoding and packet and, with keys, that they decrypt.
 *
 * @param decryptor empty without keys
 */
record NameCheck(Optional<NameDecryptor> decryptor) {
    /**
     * Checks the name of an entry.
     *
     * @return its path, with the name decrypted if that is possible
     */
    NamedPath check(Optional<NamedPath> directory, FileName name, CheckEvents events) throws ToolFailure, IOException {
        NamedPath entry = NamedPath.of(directory, name, name);
        if (!EncryptedName.isEncrypted(name.bytes())) {
            events.count(CheckCount.PLAIN_NAMES);
            checkPlain(entry, name, events);
            return entry;
        }
        events.count(CheckCount.ENCRYPTED_NAMES);
        try {
            EncryptedName encrypted = EncryptedName.read(name.bytes());
            events.keyOfName(encrypted.signature());
            encrypted.requireEncodedAs(name.bytes());
        } catch (MalformedLowerException e) {
            events.found(entry, FindingKind.NAME, e.getMessage());
            return entry;
        }
        return decryptor.isPresent() ? decrypt(decryptor.get(), directory, name, entry, events) : entry;
    }

    private static void checkPlain(NamedPath entry, FileName name, CheckEvents events) {
        if (LeftoverName.is(name)) {
            events.found(
                    entry, FindingKind.LEFTOVER, "a temporary file that a program left; its contents are not checked");
        } else if (new String(name.bytes(), StandardCharsets.ISO_8859_1).contains(EncryptedName.PREFIX)) {
            events.found(
                    entry,
                    FindingKind.NAME,
                    "the encrypted name does not begin with " + EncryptedName.PREFIX
                            + " or ends behind it: it was changed");
        }
    }

    private static NamedPath decrypt(
            NameDecryptor names, Optional<NamedPath> directory, FileName name, NamedPath entry, CheckEvents events)
            throws ToolFailure, IOException {
        try {
            FileName plain = names.of(name);
            events.count(CheckCount.OPENED_NAMES);
            return NamedPath.of(directory, name, plain);
        } catch (SkippedEntryException e) {
            events.found(entry, FindingKind.NAME_LOCKED, e.getMessage());
            return entry;
        }
    }

    /** Checks the target of a symbolic link. */
    void checkTarget(TreeDirectory directory, NamedPath entry, CheckEvents events) throws ToolFailure, IOException {
        FileName symlink = entry.lower().name();
        byte[] target = directory.readSymlink(symlink);
        if (!EncryptedName.isEncrypted(target)) {
            return;
        }
        try {
            events.keyOfName(EncryptedName.read(target).signature());
        } catch (MalformedLowerException e) {
            events.found(entry, FindingKind.TARGET, "the target: " + e.getMessage());
            return;
        }
        if (decryptor.isPresent()) {
            try {
                decryptor.get().targetOf(directory, symlink);
            } catch (SkippedEntryException e) {
                events.found(entry, FindingKind.TARGET_LOCKED, "the target: " + e.getMessage());
            }
        }
    }
}
