package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks the text of the shell commands: root accesses a user's files only with that user's privileges, by the functions of
 * parts/users.sh.
 */
class ShellRulesTest {
    private static final Path SCRIPTS =
            Path.of(System.getProperty("repository.root")).resolve("tools/src/main/sh");

    /** Programs that open, change or resolve a path in their arguments. */
    private static final Pattern PROGRAM = Pattern.compile(
            "(?<![-\\w./])(cat|chgrp|chmod|chown|cmp|cp|dd|find|grep|head|install|keyctl|ln|mkdir|mktemp|"
                    + "mkfifo|mv|od|readlink|realpath|rm|rmdir|rsync|sed|sha256sum|stat|sync|tail|tee|touch|wc)\\s");

    private static final Pattern REDIRECTION = Pattern.compile("[<>]\\s*\"?\\$\\{?(\\w+)");
    private static final Pattern AS_USER =
            Pattern.compile("\\b(as_user|as_user_with_input|in_directory|read_user_file|make_file)\\b");

    /** Variables with paths in a user's tree, in the scripts that root runs for a user. */
    private static final Pattern USERS_PATH = Pattern.compile(
            "\\$\\{?(home|configuration|lower|target|wrapped|unwrapped|encrypted_store|store|test_file|found_directory|mount_point|file)\\b");

    private static final List<String> FOR_USERS = List.of(
            "ecryptfs-setup-private",
            "ecryptfs-pam",
            "ecryptfs-verify",
            "ecryptfs-migrate-home",
            "ecryptfs-recover-private");

    /** Lines that need no such function, with the reason. */
    private static final Set<String> EXCUSED = Set.of(
            // entries of a directory of root, checked by is_protected_path
            "install -d -m 755 -- \"$store\" && install -d -m 700 -o \"$uid\" -g \"$gid\" -- \"$store/$user\" ||",
            "if $created_store; then rmdir -- \"$store/$user\" \"$store\" 2> /dev/null; fi",
            "case \"$(stat -c '%F %u %h %a' -- \"$unwrapped\" | sed 's/^regular empty/regular/')\" in",
            "if [ \"$(stat -c %u -- \"$home\")\" != \"$uid\" ]; then fail \"$home is not a directory of $user\" \"chown $user $home\"; fi",
            "original=$(mktemp -d -- \"$home.XXXXXXXX\")",
            "mv -T -- \"$root_directory/home\" \"$home\"",
            "mv -T -- \"$home\" \"$root_directory/home\" || fail \"$home could not be moved.\"",
            "if [ -d \"${encrypted_store%/*}\" ]; then rmdir --ignore-fail-on-non-empty -- \"${encrypted_store%/*}\"; fi",
            "install -d -m 700 -o \"$uid\" -g \"$gid\" -- \"$home\"",
            "close_store() { chown -h -- 0:0 \"$encrypted_store\" && chmod 700 -- \"$encrypted_store\"; }",
            "open_store() { chown -h -- \"$uid:$gid\" \"$encrypted_store\"; }",
            // both directories can be entered by root only
            "rsync -aHAXP --inplace -- \"$root_directory/home/\" \"$home/\" || fail 'Not all files could be copied.' 'see the messages of rsync above'",
            "different=$(rsync -aHAXnc --itemize-changes -- \"$root_directory/home/\" \"$home/\") || fail 'The files could not be compared.'",
            // prints names only, and follows no link
            "LC_ALL=C find \"$home\" -xdev -mindepth 1 -regextype posix-extended -regex \".*/[^/]{$((MAX_NAME_BYTES + 1)),}\" -print0 ||",
            // a mount point created by root in /tmp
            "[ -n \"$(find \"$mount_point\" -mindepth 1 -maxdepth 1 ! -name \"$ENCRYPTED_PREFIX*\" -printf '%s\\n' -quit 2> \"$work/complaints\")\" ]",
            "if [ -n \"$mount_point\" ]; then rmdir -- \"$mount_point\"; fi",
            "mount_point=$(mktemp -d /tmp/ecryptfs.XXXXXXXX)",
            "if [ \"$(stat -c %i -- \"$mount_point\")\" != \"$identity\" ]; then",
            // run by the user's process; root's process takes another path before
            "test_file=$(mktemp \"$target/.test.XXXXXXXXXX\") && head -c 16000 /dev/urandom > \"$test_file\" &&",
            "written=$(sha256sum < \"$test_file\") || abort_setup \"Cannot write to $target\"",
            "[ \"$(sha256sum < \"$test_file\")\" = \"$written\" ] || abort_setup \"A file in $target has another content after mounting again\"",
            "rm -f \"$test_file\"",
            // runs as the user; in ecryptfs-pam in the user's shell
            "owner=$(stat -c %U -- \"$mount_point\")",
            "readlink -f -- \"${target:-$HOME/Private}\"'",
            // the tree of the tools
            "find \"$1\" \\( ! -user 0 -o -type l -o -perm /022 \\) -print0 | while IFS= read -r -d '' file; do require_protected_path \"$file\"; done");

    static List<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.walk(SCRIPTS)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    @Test
    void rootAccessesUsersFilesWithTheUsersPrivileges() throws IOException {
        List<String> found = new ArrayList<>();
        for (String name : FOR_USERS) {
            for (String line : Files.readAllLines(SCRIPTS.resolve(name))) {
                String code = line.strip();
                String withoutMessages = code.replaceAll("\\b(fail|error|abort_setup|info|log_message|invalid) .*", "");
                boolean touches = (PROGRAM.matcher(withoutMessages).find()
                                && USERS_PATH.matcher(withoutMessages).find())
                        || REDIRECTION.matcher(withoutMessages).results().anyMatch(m -> USERS_PATH
                                .matcher("$" + m.group(1))
                                .matches());
                if (touches && !code.startsWith("#") && !AS_USER.matcher(code).find() && !EXCUSED.contains(code)) {
                    found.add(name + ": " + code);
                }
            }
        }
        assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void privilegesAreDroppedInOneFileAndNamesAreNotTakenForOptions(Path script) throws IOException {
        String text = Files.readString(script);

        if (!script.endsWith("parts/users.sh")) {
            assertThat(text).doesNotContain("setpriv").doesNotContain("runuser").doesNotContain("su -");
        }
        assertThat(text.lines().filter(line -> line.contains("getent passwd")))
                .allMatch(line -> line.contains("getent passwd -- ") || line.contains("see: getent"));
        // Where there is no /dev/fd, process substitution fails.
        assertThat(text.replace("< <(...)", "")).doesNotContainPattern("[<>]\\(");
        if (!script.getParent().endsWith("parts")) {
            assertThat(text)
                    .as("functions in the environment of the caller are ignored")
                    .startsWith("#!/bin/bash -p\n");
        }
    }
}
