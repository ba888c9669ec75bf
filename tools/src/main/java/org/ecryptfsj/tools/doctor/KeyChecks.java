package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.machine.Machine.Ownership;
import org.ecryptfsj.tools.mount.MountTable;

/** Checks of the configured keys and of the keyrings in which mounts find them. */
final class KeyChecks {
    private static final String KEY = "tpm-key";
    private static final String STORAGE = "key-storage";
    private static final String SESSION_LINK = "keyring-link";
    private static final String QUOTA = "keyring-quota";
    private static final String MOUNTED = "mounted-keys";
    private static final int GROUP_AND_OTHERS = 077;
    private static final int NEARLY_FULL_PERCENT = 90;

    /** TPM_E_DEFEND_LOCK_RUNNING (tss/tpm_error.h). */
    private static final int TPM_LOCKED_OUT = 0x803;

    private KeyChecks() {}

    static List<Finding> configured(DiagnosticContext context) throws IOException {
        List<DiagnosticContext.ConfiguredKey> keys = context.configuredKeys().toList();
        if (keys.isEmpty()) {
            return List.of(Finding.skipped(KEY, "no mount in the boot configuration or in fstab uses a TPM key"));
        }
        if (!context.hasWorkingTpm()) {
            return List.of(Finding.skipped(KEY, "the TPM does not work"));
        }
        KeyDevice device = context.tpm().orElseThrow();
        return keys.stream().map(key -> assess(device, key)).toList();
    }

    private static Finding assess(KeyDevice device, DiagnosticContext.ConfiguredKey key) {
        try {
            device.requireUsable(key.uuid(), DiagnosticContext.TPM_TIMEOUT);
            return Finding.ok(KEY, key.uuid() + " (" + key.file() + ") can be used");
        } catch (KeyModuleException e) {
            return Finding.problem(KEY, what(key, e), e.getMessage(), fix(key, e));
        }
    }

    private static String what(DiagnosticContext.ConfiguredKey key, KeyModuleException e) {
        String of = key.uuid() + " (" + key.file() + ")";
        return switch (e.reason()) {
            case KEY_NOT_FOUND -> of + " is not in the key storage";
            case WRONG_PCR_STATE -> of + " cannot be used: the PCR values differ from those at its creation";
            case AUTHENTICATION -> of + " cannot be loaded: the secret of the storage root key (SRK) is not configured";
            case NOT_READY ->
                e.code() == TPM_LOCKED_OUT
                        ? of + " cannot be loaded: the TPM is locked after too many wrong secrets"
                        : of + " cannot be loaded";
            default -> of + " cannot be used";
        };
    }

    private static String fix(DiagnosticContext.ConfiguredKey key, KeyModuleException e) {
        return switch (e.reason()) {
            case KEY_NOT_FOUND ->
                "restore ~/.trousers/user.data from a backup, or write the UUID of a new key"
                        + " (ecryptfs-generate-tpm-key) to "
                        + key.file();
            case NOT_READY ->
                e.code() == TPM_LOCKED_OUT
                        ? "wait some minutes, then try again with the right SRK secret; tpm_resetdalock"
                                + " unlocks the TPM at once"
                        : e.advice();
            default -> e.advice();
        };
    }

    static List<Finding> storage(DiagnosticContext context) throws IOException {
        String file = Account.current().home() + "/.trousers/user.data";
        Optional<Ownership> ownership = context.machine().ownership(file);
        if (ownership.isEmpty()) {
            return List.of(Finding.skipped(STORAGE, file + " does not exist"));
        }
        if (ownership.get().uid() != Account.realUid() || (ownership.get().mode() & GROUP_AND_OTHERS) != 0) {
            return List.of(Finding.problem(
                    STORAGE,
                    file + " belongs to user " + ownership.get().uid() + ", with mode "
                            + ownership.get().octal(),
                    "other users can replace or remove the keys in it",
                    "chown root:root " + file + " && chmod 600 " + file));
        }
        return List.of(Finding.ok(STORAGE, file + " exists, for its owner only"));
    }

    static List<Finding> link(DiagnosticContext context) throws IOException {
        return List.of(
                context.keys().isUserKeyringInSession()
                        ? Finding.ok(SESSION_LINK, "the user keyring is linked into the session keyring")
                        : Finding.problem(
                                SESSION_LINK,
                                "the user keyring @u is not linked into the session keyring @s",
                                "mounts from this session find no keys, although keyctl list @u shows them",
                                "keyctl link @u @s; at every login: session optional pam_keyinit.so"));
    }

    static List<Finding> quota(DiagnosticContext context) throws IOException {
        String user = Account.realUid() + ":";
        for (String line : context.machine().lines("/proc/key-users")) {
            String[] fields = line.strip().split("\\s+", -1);
            if (fields.length >= 5 && fields[0].equals(user)) {
                return List.of(quota(fields[3], fields[4]));
            }
        }
        return List.of(Finding.skipped(QUOTA, "/proc/key-users has no line for this user"));
    }

    private static Finding quota(String keys, String bytes) {
        String root = Account.realUid() == 0 ? "root_" : "";
        String what = keys + " keys, " + bytes + " bytes of the keyring quota are used";
        if (isNearlyFull(keys) || isNearlyFull(bytes)) {
            return Finding.problem(
                    QUOTA,
                    what,
                    "the next mount cannot add its key (Disk quota exceeded)",
                    "sysctl -w kernel.keys." + root + "maxkeys=1000000 kernel.keys." + root
                            + "maxbytes=25000000, or remove keys: keyctl show @u; keyctl unlink ID @u");
        }
        return Finding.ok(QUOTA, what);
    }

    private static boolean isNearlyFull(String usedOfMost) {
        String[] numbers = usedOfMost.split("/", -1);
        return numbers.length == 2
                && Long.parseLong(numbers[0]) * 100 >= Long.parseLong(numbers[1]) * NEARLY_FULL_PERCENT;
    }

    static List<Finding> mounted(DiagnosticContext context) throws IOException {
        List<MountTable.Entry> mounts =
                MountTable.parse(context.machine().lines("/proc/self/mounts")).ecryptfs();
        if (mounts.isEmpty()) {
            return List.of(Finding.skipped(MOUNTED, "there is no eCryptfs mount"));
        }
        // GuardChecks has findings for records that cannot be used.
        Set<String> heldByKernel = context.guardedMounts(problem -> {}).stream()
                .map(mount -> mount.mountPoint().toString())
                .collect(Collectors.toSet());
        List<Finding> findings = new ArrayList<>();
        for (MountTable.Entry mount : mounts) {
            if (heldByKernel.contains(mount.target())) {
                findings.add(Finding.ok(MOUNTED, "only the kernel holds the keys of " + mount.target()));
                continue;
            }
            List<String> signatures = new ArrayList<>(mount.values("ecryptfs_sig"));
            signatures.addAll(mount.values("ecryptfs_fnek_sig"));
            boolean complete = true;
            for (String signature : signatures) {
                if (!context.keys().has(new Signature(signature))) {
                    complete = false;
                    findings.add(Finding.problem(
                            MOUNTED,
                            "the key " + signature + " of the mount " + mount.target() + " is not in the keyring",
                            "it was removed, or another user made the mount: files cannot be opened",
                            "umount " + mount.target() + ", then mount it again"));
                }
            }
            if (complete) {
                findings.add(Finding.ok(MOUNTED, "the keys of " + mount.target() + " are in the keyring"));
            }
        }
        return findings;
    }
}
