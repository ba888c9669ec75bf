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
 * The rule of the shell commands, held to their text: root touches a user's files as that user, by the functions of
 * parts/users.sh.
 */
class ShellRulesTest {
    private static final Path SCRIPTS =
            Path.of(System.getProperty("repository.root")).resolve("tools/src/main/sh");

    /** Programs that open, change or follow what they are given the path of. */
    private static final Pattern PROGRAM = Pattern.compile(
            "(?<![-\\w./])(cat|chgrp|chmod|chown|cmp|cp|dd|find|grep|head|install|keyctl|ln|mkdir|mktemp|"
                    + "mkfifo|mv|od|readlink|realpath|rm|rmdir|rsync|sed|sha256sum|stat|sync|tail|tee|touch|wc)\\s");

    private static final Pattern REDIRECTION = Pattern.compile("[<>]\\s*\"?\\$\\{?(\\w+)");
    private static final Pattern AS_USER =
            Pattern.compile("\\b(as_user|feed_user|in_it|users_small_file|make_file)\\b");

    /** What names a place in a user's tree, in the scripts that root runs for a user. */
    private static final Pattern USERS_PATH = Pattern.compile(
            "\\$\\{?(home|configuration|lower|target|wrapped|unwrapped|keeper|store|trial|found_directory|mount_point|file)\\b");

    private static final List<String> FOR_USERS = List.of(
            "ecryptfs-setup-private",
            "ecryptfs-pam",
            "ecryptfs-verify",
            "ecryptfs-migrate-home",
            "ecryptfs-recover-private");

    /** Lines that are right without, by the word that tells why. */
    private static final Set<String> EXCUSED = Set.of(
            // entries of a directory of root's, which nobody_else_changes has looked at
            "install -d -m 755 -- \"$store\" && install -d -m 700 -o \"$uid\" -g \"$gid\" -- \"$store/$user\" ||",
            "if $made_store; then rmdir -- \"$store/$user\" \"$store\" 2> /dev/null; fi",
            "if [ \"$(stat -c '%F %u %h %a' -- \"$unwrapped\" | sed 's/^regular empty/regular/')\" != \"regular file $uid 1 600\" ]; then",
            "if [ \"$(stat -c %u -- \"$home\")\" != \"$uid\" ]; then fail \"$home is not a directory of $user\" \"chown $user $home\"; fi",
            "original=$(mktemp -d -- \"$home.XXXXXXXX\")",
            "mv -T -- \"$inside/home\" \"$home\"",
            "mv -T -- \"$home\" \"$inside/home\" || fail \"$home could not be moved.\"",
            "if [ -d \"${keeper%/*}\" ]; then rmdir --ignore-fail-on-non-empty -- \"${keeper%/*}\"; fi",
            "install -d -m 700 -o \"$uid\" -g \"$gid\" -- \"$home\"",
            "keep_user_out() { chown -h -- 0:0 \"$keeper\" && chmod 700 -- \"$keeper\"; }",
            "let_user_in() { chown -h -- \"$uid:$gid\" \"$keeper\"; }",
            // both ends are in places that only root can enter
            "rsync -aHAXP -- \"$inside/home/\" \"$home/\" || fail 'Not all files could be copied.' 'rsync said which'",
            "different=$(rsync -aHAXnc --itemize-changes -- \"$inside/home/\" \"$home/\") || fail 'The files could not be compared.'",
            // a mount point that root has made, in /tmp
            "if [ -n \"$mount_point\" ]; then rmdir -- \"$mount_point\"; fi",
            "mount_point=$(mktemp -d /tmp/ecryptfs.XXXXXXXX)",
            "if [ \"$(stat -c %i -- \"$mount_point\")\" != \"$identity\" ]; then",
            // the user's own process does it: root's is gone on by another way before
            "trial=$(mktemp \"$target/.test.XXXXXXXXXX\") && head -c 16000 /dev/urandom > \"$trial\" &&",
            "written=$(sha256sum < \"$trial\") || give_up \"Nothing could be written in $target\"",
            "[ \"$(sha256sum < \"$trial\")\" = \"$written\" ] || give_up \"What was written in $target is not read back\"",
            "rm -f \"$trial\"",
            // it runs as that user, and in ecryptfs-pam in the user's own shell
            "owner=$(stat -c %U -- \"$mount_point\")",
            "readlink -f -- \"${target:-$HOME/Private}\"'",
            // a tree of the tools' own
            "find \"$1\" \\( ! -user 0 -o -type l -o -perm /022 \\) -print0 | while IFS= read -r -d '' file; do require_roots_own \"$file\"; done");

    static List<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.walk(SCRIPTS)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    @Test
    void rootTouchesUsersFilesAsTheUser() throws IOException {
        List<String> found = new ArrayList<>();
        for (String name : FOR_USERS) {
            for (String line : Files.readAllLines(SCRIPTS.resolve(name))) {
                String code = line.strip();
                String said = code.replaceAll("\\b(fail|error|give_up|info|say|invalid) .*", "");
                boolean touches = (PROGRAM.matcher(said).find()
                                && USERS_PATH.matcher(said).find())
                        || REDIRECTION.matcher(said).results().anyMatch(m -> USERS_PATH
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
    void rightsAreGivenUpInOnePlaceAndNamesAreNoOptions(Path script) throws IOException {
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
                    .as("functions of the caller's environment are not taken")
                    .startsWith("#!/bin/bash -p\n");
        }
    }
}
