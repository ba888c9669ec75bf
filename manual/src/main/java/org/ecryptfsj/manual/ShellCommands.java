package org.ecryptfsj.manual;

import static org.ecryptfsj.tools.command.Grammar.argument;
import static org.ecryptfsj.tools.command.Grammar.arguments;
import static org.ecryptfsj.tools.command.Grammar.flag;
import static org.ecryptfsj.tools.command.Grammar.option;

import java.util.List;
import org.ecryptfsj.tools.command.Grammar;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The grammars of the commands that are shell scripts (tools/src/main/sh): their options are those of ecryptfs-utils
 * 111 (docs/spec/tools.md, section 10) and ours.
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
                "Finds the encrypted file of a file, or the file of an encrypted one.",
                "",
                "A path whose name begins with ECRYPTFS_FNEK_ENCRYPTED. is looked for in the eCryptfs mounts,"
                        + " any other in"
                        + " the directories below them. Only mounts you may read are searched.");
        Grammar.exitCodes(spec, "0", "found or not, the search was made", "1", "there is no such path");
        return spec.addPositional(argument("0", true, "PATH", "The file to look for"))
                .addOption(flag("Print the result as JSON", "--json"));
    }

    private static CommandSpec verify() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-verify",
                "Checks how a user's encrypted home or private directory is set up.",
                "",
                "At least one check has to be named. The first that fails ends the run. The files' contents"
                        + " are not read.");
        Grammar.exitCodes(spec, "0", "the configuration is valid", "1", "it is not, or the options are wrong");
        return spec.addOption(flag("Check that the home directory is encrypted", "-h", "--home"))
                .addOption(flag("Check that an encrypted private directory is set up", "-p", "--private"))
                .addOption(flag("Check that file names are encrypted", "-e", "--filenames-encrypted"))
                .addOption(flag("Check that file names are not encrypted", "-n", "--filenames-not-encrypted"))
                .addOption(option(String.class, "USER", "Check this user instead of yourself", "-u", "--user"))
                .addOption(flag("Print the result as JSON", "--json"));
    }

    private static CommandSpec rewriteFile() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-rewrite-file",
                "Writes files anew, so that they are encrypted with the mount's present key and settings.",
                "",
                "Each file is copied and put back under its name; each directory is renamed and renamed back, which"
                        + " encrypts its name anew. Name directories after what is in them.",
                "",
                "Run by root, it rewrites a file in another user's directory as that user, since the user"
                        + " could exchange the"
                        + " file meanwhile. Files that several users can exchange are left alone.");
        Grammar.exitCodes(spec, "0", "all were rewritten", "1", "some were not; the others are");
        return spec.addPositional(arguments("1", "FILE", "Files and directories, in a mounted eCryptfs directory"));
    }

    private static CommandSpec recoverPrivate() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-recover-private",
                "Finds encrypted private directories, and mounts them to rescue what is in them.",
                "",
                "To be run as root, for example from a rescue system. Asks for the login passphrase, or the mount"
                        + " passphrase, of each directory found; mounts read-only unless told otherwise.");
        Grammar.exitCodes(spec, "0", "done", "1", "nothing was found, or a directory could not be mounted");
        return spec.addOption(flag("Mount for writing too", "--rw"))
                .addPositional(arguments("0", "DIRECTORY", "Directories to recover, instead of a search of the disks"));
    }

    private static CommandSpec migrateHome() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-migrate-home",
                "Turns a user's home directory into an encrypted one.",
                "",
                "To be run as root while the user is logged out and has no process. Needs rsync, lsof, and"
                        + " free space of"
                        + " two and a half times the home's size. The original is kept aside until you remove it.");
        Grammar.exitCodes(spec, "0", "migrated", "1", "not migrated; the home is as it was");
        return spec.addOption(
                option(String.class, "USER", "The user whose home is to be encrypted; required", "-u", "--user"));
    }

    private static CommandSpec setupSwap() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-setup-swap",
                "Encrypts the swap space with a key that is new at every boot.",
                "",
                "To be run as root; needs cryptsetup. Changes /etc/fstab and /etc/crypttab, and keeps copies of both. A"
                        + " machine with encrypted swap cannot be resumed from hibernation.");
        Grammar.exitCodes(spec, "0", "done, or nothing to do", "1", "failed, or not wanted");
        return spec.addOption(flag("Ask nothing", "-f", "--force"))
                .addOption(flag("Change the files, but leave the running swap as it is", "-n", "--no-reload"))
                .addOption(flag("Show the changes, and make none", "--dry-run"))
                .addOption(flag("Take the changes back", "--undo"))
                .addOption(flag("Overwrite what was swapped out unencrypted", "--wipe"))
                .addOption(option(
                        String.class,
                        "DIR",
                        "Change the files of the system below this directory; its swap is left as it is",
                        "--root"));
    }

    private static CommandSpec setupPrivate() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-setup-private",
                "Sets up an encrypted private directory.",
                "",
                "Makes ~/.Private for the encrypted files and ~/Private to read them in, asks for your login"
                        + " passphrase,"
                        + " which wraps the mount passphrase, and tests the whole with a file.");
        Grammar.exitCodes(spec, "0", "set up and tested", "1", "not set up; standard error has the reason");
        return spec.addOption(flag("Set up again over an earlier set-up", "-f", "--force"))
                .addOption(flag("Wrap with a passphrase of its own, not the login passphrase", "-w", "--wrapping"))
                .addOption(flag("Leave file names as they are", "-n", "--no-fnek"))
                .addOption(option(String.class, "USER", "Set up for this user instead of yourself", "-u", "--username"))
                .addOption(option(
                        String.class,
                        "PASSPHRASE",
                        "The login or wrapping passphrase; others can see it in the list of processes for a moment",
                        "-l",
                        "--loginpass"))
                .addOption(option(
                        String.class,
                        "PASSPHRASE",
                        "The mount passphrase; others can see it in the list of processes for a moment",
                        "-m",
                        "--mountpass"))
                .addOption(flag("Do not check the login passphrase", "--nopwcheck"))
                .addOption(flag("Do not mount at login", "--noautomount"))
                .addOption(flag("Do not unmount at logout", "--noautoumount"))
                .addOption(flag("Set up a whole encrypted home; for root", "-b", "--bootstrap"))
                .addOption(flag("Only allow users' mounts through sudo; for root", "--sudoers"))
                .addOption(flag("Print how to take a set-up back", "--undo"));
    }

    private static CommandSpec mountPrivate() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-mount-private",
                "Mounts your encrypted private directory.",
                "",
                "Asks for your login passphrase, or the wrapping passphrase, if the keys are not in your keyring.");
        Grammar.exitCodes(
                spec, "0", "mounted", "1", "not set up, wrong passphrase three times, or the mount was refused");
        return spec;
    }

    private static CommandSpec umountPrivate() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-umount-private",
                "Unmounts your encrypted private directory, and takes its keys out of your keyring.");
        Grammar.exitCodes(spec, "0", "unmounted", "1", "not unmounted: not mounted, or in use");
        return spec;
    }

    private static CommandSpec pam() {
        CommandSpec spec = Grammar.of(
                "ecryptfs-pam",
                "Run by pam_ecryptfs.so or pam_exec(8) at login and logout: puts the keys of a private"
                        + " directory into the"
                        + " keyring, mounts and unmounts it.",
                "",
                "Acts only for users whose private directory is set up to be mounted at login, and never"
                        + " keeps anybody from"
                        + " logging in: the reason of a failure goes to the system log.");
        Grammar.exitCodes(
                spec,
                "0",
                "done, or nothing to do, or failed; always, when run by pam_exec(8)",
                "1",
                "wrong usage",
                "10",
                "the session mounted the directory, or joined",
                "11",
                "the directory has a passphrase of its own, which is to be asked for",
                "12",
                "the directory still opens with the old passphrase");
        return spec;
    }
}
