package org.ecryptfsj.tools.mount;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Optional;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.tools.command.ToolFailure;

/** The two questions about a key never mounted with before (spec mount.md, section 5). */
final class SigQuestions {
    private static final int TRIES = 5;

    private SigQuestions() {}

    /**
     * Asks, if the signature is not in the cache.
     *
     * @return whether to go on with the mount
     * @throws ToolFailure if no question got a yes or a no
     */
    static boolean goOn(Signature signature, SigCache cache, BufferedReader answers) throws ToolFailure, IOException {
        if (cache.contains(signature)) {
            return true;
        }
        System.out.print("WARNING: Based on the contents of [" + cache.file() + "],\n"
                + "it looks like you have never mounted with this key \n"
                + "before. This could mean that you have typed your \n"
                + "passphrase wrong.\n\n");
        if (!yes("Would you like to proceed with the mount (yes/no)? : ", answers)) {
            System.out.println("Aborting mount.");
            return false;
        }
        String question = "Would you like to append sig [" + signature + "] to\n[" + cache.file()
                + "] \nin order to avoid this warning in the future (yes/no)? : ";
        if (!yes(question, answers)) {
            System.out.println("Not adding sig to user sig cache file; continuing with mount.");
            return true;
        }
        try {
            cache.append(signature);
        } catch (IOException e) {
            throw new ToolFailure(
                    ToolFailure.EIO,
                    "Error appending to [" + cache.file() + "]: " + e.getMessage() + ". Aborting mount.",
                    "");
        }
        System.out.println("Successfully appended new sig to user sig cache file");
        return true;
    }

    private static boolean yes(String question, BufferedReader answers) throws ToolFailure, IOException {
        for (int i = 0; i < TRIES; i++) {
            System.out.print(question);
            System.out.flush();
            Optional<String> answer = Optional.ofNullable(answers.readLine());
            if (answer.isEmpty()) {
                break;
            }
            switch (answer.get()) {
                case "yes" -> {
                    return true;
                }
                case "no" -> {
                    return false;
                }
                default -> {}
            }
        }
        System.out.println();
        throw new ToolFailure(
                ToolFailure.EINVAL,
                "Aborting mount: the question was answered neither yes nor no",
                "answer in full, or mount with the option no_sig_cache");
    }
}
