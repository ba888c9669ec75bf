package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.kernel.EcryptfsVersion.Feature;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.Questions.Choice;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.Cipher;

/**
 * Decides the options other than keys: a given option, otherwise its default, otherwise the user's answer
 * (docs/spec/mount.md, section 3).
 */
final class MountSettings {
    private final MountRequest request;
    private final EcryptfsVersion kernel;
    private final Optional<Questions> questions;

    /** @param questions empty if questions are not allowed */
    MountSettings(MountRequest request, EcryptfsVersion kernel, Optional<Questions> questions) {
        this.request = request;
        this.kernel = kernel;
        this.questions = questions;
    }

    /**
     * The options for the kernel, in the order of the decisions.
     *
     * @param first the mount's first key, which is also the suggestion for file names
     */
    List<String> decide(Signature first) throws ToolFailure, IOException {
        List<String> decided = new ArrayList<>();
        Cipher cipher = cipher();
        decided.add("ecryptfs_cipher=" + cipher.kernelName());
        decided.add("ecryptfs_key_bytes=" + keyBytes(cipher));
        if (kernel.has(Feature.PLAINTEXT_PASSTHROUGH)
                && yes("Enable plaintext passthrough (y/n)", "ecryptfs_passthrough", "passthrough")) {
            decided.add("ecryptfs_passthrough");
        }
        if (request.yesNo("ecryptfs_xattr", "xattr", "ecryptfs_xattr_metadata").orElse(false)) {
            decided.add("ecryptfs_xattr_metadata");
        }
        if (request.yesNo("ecryptfs_encrypted_view", "encrypted_view").orElse(false)) {
            decided.add("ecryptfs_encrypted_view");
        }
        if (kernel.has(Feature.FILENAME_ENCRYPTION)) {
            fnek(first).ifPresent(fnek -> decided.add("ecryptfs_fnek_sig=" + fnek));
        }
        decided.add("ecryptfs_unlink_sigs");
        return decided;
    }

    private Cipher cipher() throws ToolFailure, IOException {
        Optional<String> given = request.text("ecryptfs_cipher", "cipher");
        if (given.isEmpty() && questions.isEmpty()) {
            throw missing("ecryptfs_cipher=", "one of " + Cipher.names());
        }
        String name = given.isPresent()
                ? given.get()
                : questions.get().choose("Select cipher", Cipher.choices(), Optional.of(Cipher.AES.kernelName()));
        return Cipher.named(name)
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EINVAL, "unknown cipher \"" + name + "\"", "use one of " + Cipher.names()));
    }

    private String keyBytes(Cipher cipher) throws ToolFailure, IOException {
        List<String> sizes = cipher.keyBytes().stream().map(String::valueOf).toList();
        Optional<String> given = request.text("ecryptfs_key_bytes");
        if (given.isEmpty()) {
            if (questions.isEmpty()) {
                throw missing("ecryptfs_key_bytes=", "one of " + sizes);
            }
            return questions
                    .get()
                    .choose("Select key bytes", sizes.stream().map(Choice::of).toList(), Optional.of(sizes.get(0)));
        }
        if (!sizes.contains(given.get())) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "the cipher " + cipher.kernelName() + " does not support keys of " + given.get() + " bytes",
                    "use one of " + sizes);
        }
        return given.get();
    }

    private boolean yes(String prompt, String... names) throws ToolFailure, IOException {
        Optional<Boolean> given = request.yesNo(names);
        if (given.isPresent() || questions.isEmpty()) {
            return given.orElse(false);
        }
        return questions.get().yesNo(prompt, false);
    }

    private Optional<Signature> fnek(Signature first) throws ToolFailure, IOException {
        Optional<String> given = request.text("ecryptfs_fnek_sig");
        if (given.isPresent()) {
            return Optional.of(signature(given.get()));
        }
        if (!yes("Enable filename encryption (y/n)", "ecryptfs_enable_filename_crypto")) {
            return Optional.empty();
        }
        if (questions.isEmpty()) {
            throw missing(
                    "ecryptfs_fnek_sig=",
                    "the signature of the key for file names, or ecryptfs_enable_filename_crypto=n");
        }
        try (Secret answer =
                questions.get().text("Filename Encryption Key (FNEK) Signature", true, Optional.of(first.hex()))) {
            return Optional.of(
                    signature(StandardCharsets.UTF_8.decode(answer.buffer()).toString()));
        }
    }

    static ToolFailure missing(String option, String what) {
        return new ToolFailure(
                ToolFailure.EINVAL, "Required mount option not provided: [" + option + "]", "add it to -o: " + what);
    }

    static Signature signature(String text) throws ToolFailure {
        try {
            return new Signature(text);
        } catch (IllegalArgumentException e) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    e.getMessage(),
                    "give a signature of 16 hex digits, as listed by" + " keyctl show @u");
        }
    }
}
