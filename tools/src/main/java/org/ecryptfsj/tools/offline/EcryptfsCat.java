package org.ecryptfsj.tools.offline;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.lower.DecryptedContent;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.lower.SalvagedFile;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.TreeFile;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-cat}: prints the decrypted contents of lower files without a mount. */
public final class EcryptfsCat implements Command {
    private static final String NAME = "ecryptfs-cat";
    private static final String LIKE = "--like";
    private static final int SOME_FAILED = 1;
    private static final int USAGE = 2;
    private static final int BUFFER_BYTES = 65536;

    private final OutputStream out;
    private final Platform platform;

    /** The command on Linux. */
    public EcryptfsCat() {
        this(LinuxPlatform.INSTANCE);
    }

    /** The command on a platform. Prints on standard output directly, because {@link System#out} hides errors. */
    public EcryptfsCat(Platform platform) {
        this(new FileOutputStream(FileDescriptor.out), platform);
    }

    EcryptfsCat(OutputStream out) {
        this(out, LinuxPlatform.INSTANCE);
    }

    private EcryptfsCat(OutputStream out, Platform platform) {
        this.out = out;
        this.platform = platform;
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Prints the decrypted contents of encrypted files without a mount and without eCryptfs in the"
                        + " kernel. " + KeyOptions.sources(platform));
        spec.usageMessage()
                .footer(
                        "",
                        "A file whose contents are missing in part is reported, and not printed further than to the damage;"
                                + " --salvage prints all that is left of it.",
                        "",
                        "Exit codes: 0 done; 1 a file could not be decrypted completely, reported on standard error; 2"
                                + " wrong usage; other codes: a key could not be created.");
        return Salvage.addTo(KeyOptions.addTo(spec, platform))
                .addOption(Grammar.option(
                        String.class,
                        "HEADER",
                        "Path of a file with the header of FILE, whose own header is gone: a copy of it, or an older version"
                                + " of FILE",
                        LIKE))
                .addPositional(Grammar.arguments("1", "FILE", "Path of an encrypted file" + " in the lower directory"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<ParseResult> parsed = Grammar.parse(grammar(), arguments);
        if (parsed.isEmpty()) {
            return 0;
        }
        ParseResult given = parsed.get();
        Optional<Salvage> salvage = Salvage.of(given);
        Optional<byte[]> like = Grammar.text(given, LIKE).map(ByteText::encode);
        if (like.isPresent() && salvage.isEmpty()) {
            throw new ToolFailure(USAGE, LIKE + " needs --salvage", "give both");
        }
        boolean allDone = true;
        FileTrees trees = platform.trees();
        try (OfflineKeys keys = new KeyOptions(given, platform).keys()) {
            for (String file : given.matchedPositionalValue(0, List.<String>of())) {
                byte[] path = ByteText.encode(file);
                allDone &= report(path, () -> {
                    if (salvage.isPresent()) {
                        salvage(trees, path, like, salvage.get(), keys);
                    } else {
                        print(trees, path, keys);
                    }
                });
            }
        }
        return allDone ? 0 : SOME_FAILED;
    }

    /** The printing of a file. */
    @FunctionalInterface
    private interface Printing {
        void run() throws SkippedEntryException, ToolFailure, IOException;
    }

    /** Prints one file. A read error concerns this file only; a write error ends the command. */
    private static boolean report(byte[] path, Printing printing) throws ToolFailure {
        try {
            printing.run();
            return true;
        } catch (SkippedEntryException e) {
            return failed(path, e.getMessage());
        } catch (OutputWriteException e) {
            throw new ToolFailure(
                    SOME_FAILED,
                    "cannot write to standard output: " + e.getCause().getMessage(),
                    "");
        } catch (IOException e) {
            return failed(path, e.getMessage());
        }
    }

    private void print(FileTrees trees, byte[] path, OfflineKeys keys)
            throws SkippedEntryException, ToolFailure, IOException {
        try (TreeFile opened = trees.file(path)) {
            Optional<LowerFile> file = LowerFile.of(opened);
            if (file.isPresent()) {
                print(file.get(), keys);
            } else {
                requireEmpty(opened);
            }
        }
    }

    private static void requireEmpty(TreeFile file) throws SkippedEntryException, IOException {
        if (file.status().size() > 0) {
            throw new SkippedEntryException(
                    "not an eCryptfs file: it has no header, neither in the file nor in the extended attribute");
        }
    }

    /** Prints what is left of a file. */
    private void salvage(FileTrees trees, byte[] path, Optional<byte[]> like, Salvage salvage, OfflineKeys keys)
            throws SkippedEntryException, ToolFailure, IOException {
        try (TreeFile opened = trees.file(path)) {
            Optional<SalvagedFile> file = SalvagedFile.of(opened, salvage.fill());
            if (file.isEmpty() && like.isPresent()) {
                try (TreeFile header = trees.file(like.get())) {
                    file = Optional.of(SalvagedFile.with(opened, header, salvage.fill()));
                }
            }
            if (file.isEmpty()) {
                requireEmpty(opened);
                return;
            }
            try (DecryptedContent contents = keys.contents(file.get().file()).toleratingGaps()) {
                print(contents);
                Optional<String> lacks = Salvage.lacks(file.get(), contents.missingExtents());
                if (lacks.isPresent()) {
                    throw new SkippedEntryException(lacks.get());
                }
            }
        }
    }

    /** A truncated file is printed up to its end. A file with holes is not printed. */
    private void print(LowerFile file, OfflineKeys keys) throws SkippedEntryException, ToolFailure, IOException {
        try (DecryptedContent contents = keys.contents(file)) {
            file.requireNoHole();
            print(contents);
        }
    }

    private void print(DecryptedContent contents) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        for (long at = 0; at < contents.size(); at += buffer.limit()) {
            contents.read(at, buffer.clear());
            buffer.flip();
            write(buffer.array(), buffer.limit());
        }
    }

    private void write(byte[] bytes, int length) throws OutputWriteException {
        try {
            out.write(bytes, 0, length);
        } catch (IOException e) {
            throw new OutputWriteException(e);
        }
    }

    private static boolean failed(byte[] path, String reason) {
        System.err.println(NAME + ": " + FileName.printable(path) + ": " + reason);
        return false;
    }
}
