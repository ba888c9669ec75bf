package org.ecryptfsj.lower;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.keymodule.passphrase.PassphraseKdf;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;

/** Lower directories written by the real kernel; lower-trees.txt says how. */
final class KernelWrittenTrees {
    private KernelWrittenTrees() {}

    /** Unpacks them into a directory, which is returned. */
    static Path unpackInto(Path directory) throws IOException, InterruptedException {
        Path archive = directory.resolve("lower-trees.tgz");
        try (InputStream in = KernelWrittenTrees.class.getResourceAsStream("lower-trees.tgz")) {
            Files.copy(in, archive);
        }
        Process tar = new ProcessBuilder(
                        "tar", "xzf", archive.toString(), "-C", directory.toString(), "--no-same-owner")
                .inheritIO()
                .start();
        if (tar.waitFor() != 0) {
            throw new IOException("tar cannot unpack " + archive);
        }
        return directory;
    }

    /** The key of the trees' passphrase, closed by the caller. */
    static TokenContents.Passphrase key(Salt salt) throws KeyModuleException {
        try (Secret passphrase = Secret.takeChars("test".toCharArray())) {
            return PassphraseKdf.derive(passphrase, salt);
        }
    }

    /** What every file of the trees holds. */
    static byte[] plaintext(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (33 + (7 * i + i / 94) % 94);
        }
        return bytes;
    }

    /** A file, as the tools open it. */
    static TreeFile open(Path file) throws TreeException {
        return DescriptorTrees.ofThisProcess().file(file.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** A file, as the tools open it to change its keys. */
    static TreeFile openForWriting(Path file) throws TreeException {
        try (TreeDirectory directory = DescriptorTrees.ofThisProcess()
                .directory(file.getParent().toString().getBytes(StandardCharsets.UTF_8))) {
            return directory.openForWriting(FileName.of(file.getFileName().toString()));
        }
    }
}
