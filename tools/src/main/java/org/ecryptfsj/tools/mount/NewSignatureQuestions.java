package org.ecryptfsj.tools.mount;

import java.io.IOException;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.ToolFailure;

/** The two questions about a key that was never used for a mount (docs/spec/mount.md, section 5). */
final class NewSignatureQuestions {
    private NewSignatureQuestions() {}

    /**
     * Asks if the signature is not in the cache.
     *
     * @return whether to continue the mount
     * @throws ToolFailure if there is no valid answer
     */
    static boolean confirm(Signature signature, SignatureCache cache, Questions questions)
            throws ToolFailure, IOException {
        if (cache.contains(signature)) {
            return true;
        }
        System.out.print("WARNING: Based on the contents of [" + cache.file() + "],\n"
                + "it looks like you have never mounted with this key \n"
                + "before. This could mean that you have typed your \n"
                + "passphrase wrong.\n\n");
        if (!yes("Would you like to proceed with the mount (yes/no)? : ", questions)) {
            System.out.println("Aborting mount.");
            return false;
        }
        String question = "Would you like to append sig [" + signature + "] to\n[" + cache.file()
                + "] \nin order to avoid this warning in the future (yes/no)? : ";
        if (!yes(question, questions)) {
            System.out.println("Not adding sig to user sig cache file; continuing with mount.");
            return true;
        }
        try {
            cache.append(signature);
        } catch (IOException e) {
            throw new ToolFailure(
                    ToolFailure.EIO,
                    "Error appending to [" + cache.file() + "]: " + e.getMessage() + ". Aborting mount.",
                    "make the file writable, or mount with the option no_sig_cache");
        }
        System.out.println("Successfully appended new sig to user sig cache file");
        return true;
    }

    private static boolean yes(String question, Questions questions) throws ToolFailure, IOException {
        return questions.yesNoInFull(question).orElseThrow(() -> {
            System.out.println("Aborting mount.");
            return new ToolFailure(
                    ToolFailure.EINVAL,
                    "the answer is neither yes nor no",
                    "answer yes or no, or mount with the option no_sig_cache");
        });
    }
}
