package org.ecryptfsj.manual;

import static org.ecryptfsj.tools.command.Grammar.argument;
import static org.ecryptfsj.tools.command.Grammar.arguments;
import static org.ecryptfsj.tools.command.Grammar.flag;
import static org.ecryptfsj.tools.command.Grammar.option;

import java.util.List;
import org.ecryptfsj.tools.command.Grammar;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The grammars of the shell scripts (tools/src/main/sh), with the options of ecryptfs-utils 111 (docs/spec/tools.md, section 10) and additional ones.
 */
final class ShellCommands {
    private ShellCommands() {}

    static List<CommandSpec> grammars() {
        return List.of(
                find(),
                verify(),
                rewriteFile(),
                recoverPrivate(),
                migrateHome(),
                setupSwap(),
                setupPrivate(),
                mountPrivate(),
                umountPrivate(),
                pam());
    }

    private static CommandSpec find() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-find",
                "Finds the lower file of a file in a mount, or the file of a lower file.",
                "",
                "A path whose name begins with ECRYPTFS_FNEK_ENCRYPTED. is searched in the eCryptfs mounts, any other path in their lower directories. Only mounts that you can read are searched.");
        Grammar.exitCodes(spec, "0", "search complete, with or without a result", "1", "the path does not exist");
        return spec.addPositional(argument("0", true, "PATH", "Path of the file"))
                .addOption(flag("JSON output", "--json"));
    }

    private static CommandSpec verify() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-verify",
                "Checks the configuration of a user's encrypted home or private directory.",
                "",
                "At least one check is required. The first check that fails ends the run. File contents are not read.");
        Grammar.exitCodes(spec, "0", "the configuration is valid", "1", "the configuration is invalid, or wrong usage");
        return spec.addOption(flag("Check for an encrypted home directory", "-h", "--home"))
                .addOption(flag("Check for an encrypted private directory", "-p", "--private"))
                .addOption(flag("Check for encrypted file names", "-e", "--filenames-encrypted"))
                .addOption(flag("Check for plain file names", "-n", "--filenames-not-encrypted"))
                .addOption(option(String.class, "USER", "User to check instead of yourself", "-u", "--user"))
                .addOption(flag("JSON output", "--json"));
    }

    private static CommandSpec rewriteFile() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-rewrite-file",
                "Rewrites files, so that they are encrypted with the current key and settings of the mount.",
                "",
                "Each file is replaced by a copy; each directory is renamed and renamed back, which encrypts its name again. Give directories after their contents.",
                "",
                "Root rewrites a file in another user's directory with the privileges of that user, because the user could replace the file during the run. Files that several users can replace are skipped.");
        Grammar.exitCodes(spec, "0", "all files were rewritten", "1", "some files were not rewritten");
        return spec.addPositional(
                arguments("1", "FILE", "Paths of files and directories in a mounted eCryptfs directory"));
    }

    private static CommandSpec recoverPrivate() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-recover-private",
                "Finds and mounts encrypted private directories to recover their files.",
                "",
                "Must be run as root, for example in a rescue system. Asks for the login passphrase or the mount passphrase of each directory and mounts it, read-only by default.",
                "",
                "Keys, ciphers and key sizes are those of the headers and names of the encrypted files. A directory whose files have another key is refused. A home or the mount point of a disk stands for the .Private directories on it.");
        Grammar.exitCodes(spec, "0", "done", "1", "no directory was found, or a mount failed");
        return spec.addOption(flag("Read-write mount", "--rw"))
                .addOption(option(
                        String.class,
                        "FILE",
                        "Path of a file with one or two wrapped passphrases, instead of the one beside the directory; can be repeated, the first file is for contents and the second for names",
                        "--wrapped"))
                .addPositional(arguments(
                        "0", "DIRECTORY", "Paths of directories to recover, instead of a search of all disks"));
    }

    private static CommandSpec migrateHome() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-migrate-home",
                "Converts a user's home directory to an encrypted one.",
                "",
                "Must be run as root while the user is logged out and has no processes. Requires rsync, lsof and free space of two and a half times the size of the home. The original directory is kept until you remove it.",
                "",
                "Before any change, names of more than 143 bytes are listed, because they cannot be encrypted.");
        Grammar.exitCodes(spec, "0", "migrated", "1", "not migrated; the home is unchanged");
        return spec.addOption(option(String.class, "USER", "User whose home is encrypted; required", "-u", "--user"));
    }

    private static CommandSpec setupSwap() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-setup-swap",
                "Encrypts the swap space with a new random key at every boot.",
                "",
                "Must be run as root; requires cryptsetup. Changes /etc/fstab and /etc/crypttab and keeps copies of both. A machine with encrypted swap cannot resume from hibernation.");
        Grammar.exitCodes(spec, "0", "done, or nothing to do", "1", "failed, or cancelled");
        return spec.addOption(flag("No questions", "-f", "--force"))
                .addOption(flag("Change of the files only; the active swap is not changed", "-n", "--no-reload"))
                .addOption(flag("List of the changes only; nothing is changed", "--dry-run"))
                .addOption(flag("Rollback of the changes", "--undo"))
                .addOption(flag("Overwriting of the unencrypted swap contents", "--wipe"))
                .addOption(option(
                        String.class,
                        "DIR",
                        "Root directory of the system to change; the active swap is not changed",
                        "--root"));
    }

    private static CommandSpec setupPrivate() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-setup-private",
                "Sets up an encrypted private directory.",
                "",
                "Creates ~/.Private for the encrypted files and ~/Private as the mount point, asks for your login passphrase, which wraps the mount passphrase, and tests the setup with a file.");
        Grammar.exitCodes(spec, "0", "set up and tested", "1", "failed; standard error has the reason");
        return spec.addOption(flag("Replacement of an existing setup", "-f", "--force"))
                .addOption(flag("Wrapping passphrase that is independent of the login passphrase", "-w", "--wrapping"))
                .addOption(flag("No encryption of file names", "-n", "--no-fnek"))
                .addOption(option(String.class, "USER", "User to set up instead of yourself", "-u", "--username"))
                .addOption(option(
                        String.class,
                        "PASSPHRASE",
                        "Login or wrapping passphrase; other users can briefly see it in the process list",
                        "-l",
                        "--loginpass"))
                .addOption(option(
                        String.class,
                        "PASSPHRASE",
                        "Mount passphrase; other users can briefly see it in the process list",
                        "-m",
                        "--mountpass"))
                .addOption(flag("No check of the login passphrase", "--nopwcheck"))
                .addOption(flag("No mount at login", "--noautomount"))
                .addOption(flag("No unmount at logout", "--noautoumount"))
                .addOption(flag("Setup of an encrypted home; for root", "-b", "--bootstrap"))
                .addOption(flag(
                        "Permission for all users to mount through sudo only, without a setup; for root", "--sudoers"))
                .addOption(flag("Instructions for removing a setup", "--undo"));
    }

    private static CommandSpec mountPrivate() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-mount-private",
                "Mounts your encrypted private directory.",
                "",
                "Asks for your login passphrase or wrapping passphrase if the keys are not in your keyring.");
        Grammar.exitCodes(spec, "0", "mounted", "1", "not set up, three wrong passphrases, or the mount failed");
        return spec;
    }

    private static CommandSpec umountPrivate() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-umount-private",
                "Unmounts your encrypted private directory and removes its keys from your keyring.");
        Grammar.exitCodes(spec, "0", "unmounted", "1", "not unmounted: not mounted, or in use");
        return spec;
    }

    private static CommandSpec pam() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-pam",
                "Adds the keys of a private directory to the keyring and mounts it at login, and unmounts it at logout.",
                "",
                "Run by pam_ecryptfs.so or pam_exec(8). Acts only for users whose private directory is mounted at login. A failure never prevents the login; its reason is in the system log.");
        Grammar.exitCodes(
                spec,
                "0",
                "done, nothing to do, or failed; always when run by pam_exec(8)",
                "1",
                "wrong usage",
                "10",
                "the directory is mounted and the session is counted",
                "11",
                "the directory needs its own passphrase, which the caller must ask for",
                "12",
                "the directory still opens with the old passphrase");
        return spec;
    }
}
