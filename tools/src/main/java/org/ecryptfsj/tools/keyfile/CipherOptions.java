package org.ecryptfsj.tools.keyfile;

import java.util.Optional;
import org.ecryptfsj.keyfile.CipherChoice;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.mount.Cipher;

/** The cipher and the size of its key that options name. */
final class CipherOptions {
    private CipherOptions() {}

    /**
     * The choice of a cipher.
     *
     * @param preferred size of the key, if the cipher has it; otherwise its suggested size
     * @throws ToolFailure if eCryptfs has no such cipher, or not with such a key
     */
    static CipherChoice of(String name, Optional<Integer> keyBytes, int preferred) throws ToolFailure {
        Cipher cipher = Cipher.named(name)
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EINVAL, "eCryptfs has no cipher \"" + name + "\"", "use one of " + Cipher.names()));
        int usual = cipher.keyBytes().contains(preferred)
                ? preferred
                : cipher.keyBytes().get(0);
        int bytes = keyBytes.orElse(usual);
        if (!cipher.keyBytes().contains(bytes)) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "the cipher " + name + " has no key of " + bytes + " bytes",
                    "its sizes are " + cipher.keyBytes().stream().distinct().toList());
        }
        return new CipherChoice(name, bytes);
    }
}
