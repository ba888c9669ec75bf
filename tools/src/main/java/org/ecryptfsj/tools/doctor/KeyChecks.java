package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.machine.Machine.Ownership;
import org.ecryptfsj.tools.mount.MountTable;

/** The keys that are configured, and the keyrings that mounts find theirs in. */
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
        List<DiagnosticContext.NamedKey> keys = context.configuredKeys().toList();
        if (keys.isEmpty()) {
            return List.of(Finding.skipped(KEY, "no mount at boot names a TPM key"));
        }
        if (!context.hasWorkingTpm()) {
            return List.of(Finding.skipped(KEY, "the TPM cannot be asked for it"));
        }
        KeyDevice device = context.tpm().orElseThrow();
        return keys.stream().map(key -> assess(device, key)).toList();
    }

    private static Finding assess(KeyDevice device, DiagnosticContext.NamedKey key) {
        try {
            device.requireUsable(key.uuid(), DiagnosticContext.TPM_TIMEOUT);
            return Finding.ok(KEY, key.uuid() + " (" + key.place() + ") can be used now");
        } catch (KeyModuleException e) {
            return Finding.problem(KEY, what(key, e), e.getMessage(), fix(key, e));
        }
    }

    private static String what(DiagnosticContext.NamedKey key, KeyModuleException e) {
        String of = key.uuid() + " (" + key.place() + ")";
        return switch (e.reason()) {
            case KEY_NOT_FOUND -> of + " is not in the key storage";
            case WRONG_PCR_STATE -> of + " cannot be used: the machine is not in the state it was made in";
            case AUTHENTICATION -> of + " cannot be loaded: the SRK has a secret that is not configured";
            case NOT_READY ->
                e.code() == TPM_LOCKED_OUT
                        ? of + " cannot be loaded: the TPM is locked out after wrong secrets"
                        : of + " cannot be loaded";
            default -> of + " cannot be used";
        };
    }

    private static String fix(DiagnosticContext.NamedKey key, KeyModuleException e) {
        return switch (e.reason()) {
            case KEY_NOT_FOUND ->
                "restore ~/.trousers/user.data from a backup, or put the UUID that ecryptfs-generate-tpm-key prints into "
                        + key.place();
            case NOT_READY ->
                e.code() == TPM_LOCKED_OUT
                        ? "wait some minutes, then try again with the right SRK secret; tpm_resetdalock ends it at once"
                        : e.advice();
            default -> e.advice();
        };
    }

    static List<Finding> storage(DiagnosticContext context) throws IOException {
        String file = Account.current().home() + "/.trousers/user.data";
        Optional<Ownership> ownership = context.machine().ownership(file);
        if (ownership.isEmpty()) {
            return List.of(Finding.skipped(STORAGE, "there is no " + file));
        }
        if (ownership.get().uid() != Account.realUid() || (ownership.get().mode() & GROUP_AND_OTHERS) != 0) {
            return List.of(Finding.problem(
                    STORAGE,
                    file + " belongs to user " + ownership.get().uid() + ", with mode "
                            + ownership.get().octal(),
                    "others could replace or remove the keys that it holds",
                    "chown root:root " + file + " && chmod 600 " + file));
        }
        return List.of(Finding.ok(STORAGE, file + " is there, for its owner only"));
    }

    static List<Finding> link(DiagnosticContext context) throws IOException {
        return List.of(
                context.keys().isUserKeyringInSession()
                        ? Finding.ok(SESSION_LINK, "this session finds the keys of the user keyring")
                        : Finding.problem(
                                SESSION_LINK,
                                "the user keyring @u is not linked into this session's",
                                "mounts of this session find no key, although keyctl list @u shows it",
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
        return List.of(Finding.skipped(QUOTA, "/proc/key-users does not tell"));
    }

    private static Finding quota(String keys, String bytes) {
        String root = Account.realUid() == 0 ? "root_" : "";
        String what = keys + " keys, " + bytes + " bytes of the kernel's keyring are used";
        if (isNearlyFull(keys) || isNearlyFull(bytes)) {
            return Finding.problem(
                    QUOTA,
                    what,
                    "the next mount finds no room for its key (Disk quota exceeded)",
                    "sysctl -w kernel.keys." + root + "maxkeys=1000000 kernel.keys." + root
                            + "maxbytes=25000000, or remove keys: keyctl show @u; keyctl unlink ID @u");
        }
        return Finding.ok(QUOTA, what);
    }

    private static boolean isNearlyFull(String usedOfMost) {
        String[] numbers = usedOfMost.split("/", -1);
        return numbers.length == 2 && Long.parseLong(numbers[0]) * 100 >= Long.parseLong(numbers[1]) * NEARLY_FULL_PERCENT;
    }

    static List<Finding> mounted(DiagnosticContext context) throws IOException {
        List<MountTable.Entry> mounts =
                MountTable.parse(context.machine().lines("/proc/self/mounts")).ecryptfs();
        if (mounts.isEmpty()) {
            return List.of(Finding.skipped(MOUNTED, "nothing is mounted"));
        }
        List<Finding> findings = new ArrayList<>();
        for (MountTable.Entry mount : mounts) {
            List<String> signatures = new ArrayList<>(mount.values("ecryptfs_sig"));
            signatures.addAll(mount.values("ecryptfs_fnek_sig"));
            boolean complete = true;
            for (String signature : signatures) {
                if (!context.keys().has(new Signature(signature))) {
                    complete = false;
                    findings.add(Finding.problem(
                            MOUNTED,
                            "the key " + signature + " of the mount " + mount.target() + " is not in the keyring",
                            "it was removed, or the mount was made by another user: files cannot be opened",
                            "umount " + mount.target() + ", and mount it again"));
                }
            }
            if (complete) {
                findings.add(Finding.ok(MOUNTED, "the keys of " + mount.target() + " are in the keyring"));
            }
        }
        return findings;
    }
}
