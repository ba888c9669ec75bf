package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.lower.EncryptedName;
import org.ecryptfsj.lower.KeyPacket;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.lower.LowerHeader;
import org.ecryptfsj.lower.LowerHeader.Place;
import org.ecryptfsj.lower.MalformedLowerException;
import org.ecryptfsj.lower.Metadata;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeException.Reason;
import org.ecryptfsj.tree.TreeFile;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-stat}: prints the header of a lower file (docs/spec/tools.md, section 8). Needs no key. */
public final class EcryptfsStat implements Command {
    private static final String NAME = "ecryptfs-stat";
    private static final int NOT_ECRYPTFS = 1;

    private final Platform platform;

    /** The command on Linux. */
    public EcryptfsStat() {
        this(LinuxPlatform.INSTANCE);
    }

    /** The command on a platform. */
    public EcryptfsStat(Platform platform) {
        this.platform = platform;
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(NAME, "Prints the header of an encrypted file in a lower directory.");
        spec.usageMessage()
                .footer(
                        "",
                        "Exit codes: 0 done, also for a non-eCryptfs file (1 with --json); 2 wrong usage; 251"
                                + " a file cannot be read.");
        return spec.addOption(
                        Grammar.flag("JSON output, one object for each file, with the cipher and the keys", "--json"))
                .addPositional(Grammar.arguments("0", "FILE", "Path of an encrypted file in the lower directory"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        if (arguments.isEmpty()) {
            System.out.println("Usage:\n\n" + NAME + " <filename>");
            return 0;
        }
        Optional<ParseResult> parsed = Grammar.parse(grammar(), arguments);
        if (parsed.isEmpty()) {
            return 0;
        }
        List<String> files = parsed.get().matchedPositionalValue(0, List.of());
        boolean json = parsed.get().hasMatchedOption("--json");
        int code = 0;
        for (String file : files) {
            code = Math.max(code, json ? printJson(file) : print(file));
        }
        return code;
    }

    /** Prints the messages of the C tool, all on standard output. */
    private int print(String name) throws IOException {
        try (TreeFile file = open(name)) {
            Found found = find(file);
            String problem = messageOfCTool(found);
            if (problem.isEmpty()) {
                System.out.print(text(found));
            } else {
                System.out.println(problem);
                System.out.println("Valid eCryptfs metadata information not found in [" + name + "]");
            }
            return 0;
        } catch (MalformedLowerException e) {
            System.out.println("ecryptfs_parse_stat: Invalid header content.");
            System.out.println("Valid eCryptfs metadata information not found in [" + name + "]");
            return 0;
        } catch (TreeException e) {
            boolean opened = e.reason() == Reason.NOT_A_FILE || e.reason() == Reason.OTHER;
            System.out.println(
                    opened
                            ? "Error attempting to read from file [" + name + "]; errno msg = [" + e.getMessage() + "]"
                            : "Error opening file [" + name + "] for RD_ONLY access; errno msg = [" + errorText(e)
                                    + "]");
            return ToolFailure.EIO;
        }
    }

    /** The bytes at the place of a header. */
    private record Found(ByteBuffer bytes, Place place) {}

    private TreeFile open(String name) throws TreeException {
        return platform.trees().file(ByteText.encode(name));
    }

    private static Found find(TreeFile file) throws TreeException {
        ByteBuffer front = LowerFile.front(file);
        if (Metadata.hasMarker(front)) {
            return new Found(front, Place.FILE);
        }
        return LowerFile.attribute(file)
                .map(bytes -> new Found(bytes, Place.ATTRIBUTE))
                .orElse(new Found(front, Place.FILE));
    }

    private static String messageOfCTool(Found found) throws MalformedLowerException {
        if (found.bytes().limit() < Metadata.MIN_BYTES) {
            return "ecryptfs_parse_stat: Invalid metadata size; must have at least [" + Metadata.MIN_BYTES
                    + "] bytes; there are only [" + found.bytes().limit() + "] bytes";
        }
        if (!Metadata.hasMarker(found.bytes())) {
            return "ecryptfs_parse_stat: Magic eCryptfs marker not found in header.";
        }
        long headerBytes = Metadata.read(found.bytes()).headerBytes();
        return found.place() == Place.FILE && headerBytes < Metadata.MIN_HEADER_BYTES
                ? "ecryptfs_parse_header_metadata Invalid header size: [" + headerBytes
                        + "]\necryptfs_parse_stat: Invalid header content."
                : "";
    }

    private static String text(Found found) throws MalformedLowerException {
        Metadata metadata = Metadata.read(found.bytes());
        boolean inAttribute = found.place() == Place.ATTRIBUTE || metadata.isInAttribute();
        return "File version: [" + metadata.version() + "]\n"
                + "Decrypted file size: [" + Long.toUnsignedString(metadata.plainSize()) + "]\n"
                + "Number of header bytes at front of file: [" + headerBytes(found, metadata) + "]\n"
                + "Metadata in the " + (inAttribute ? "extended attribute" : "header") + " region\n"
                + (metadata.isEncrypted() ? "Encrypted\n" : "Plaintext\n")
                + "HMAC " + (metadata.hasHmac() ? "enabled\n" : "disabled\n");
    }

    private static long headerBytes(Found found, Metadata metadata) {
        return found.place() == Place.ATTRIBUTE ? 0 : metadata.headerBytes();
    }

    private int printJson(String name) throws IOException {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("file", name);
        describeName(name).ifPresent(encrypted -> tree.put("name", encrypted));
        int code = describe(name, tree);
        JsonOutput.print(tree);
        return code;
    }

    /** The key and cipher of an encrypted file name; empty for a name that is not encrypted. */
    private static Optional<Map<String, Object>> describeName(String path) {
        byte[] name = ByteText.encode(path.substring(path.lastIndexOf('/') + 1));
        if (!EncryptedName.isEncrypted(name)) {
            return Optional.empty();
        }
        Map<String, Object> tree = new LinkedHashMap<>();
        try {
            EncryptedName encrypted = EncryptedName.read(name);
            tree.put("signature", encrypted.signature().hex());
            tree.put("cipher", encrypted.cipher().kernelName());
            tree.put("possible_key_bytes", encrypted.possibleKeyBytes());
        } catch (MalformedLowerException e) {
            tree.put("problem", e.getMessage());
        }
        return Optional.of(tree);
    }

    private int describe(String name, Map<String, Object> tree) {
        try (TreeFile file = open(name)) {
            tree.put("lower_size", file.status().size());
            Found found = find(file);
            tree.put("ecryptfs", Metadata.hasMarker(found.bytes()));
            Metadata metadata = Metadata.read(found.bytes());
            tree.put("version", metadata.version());
            tree.put("decrypted_size", metadata.plainSize());
            tree.put("header_bytes", headerBytes(found, metadata));
            tree.put("metadata_in", found.place() == Place.ATTRIBUTE ? "xattr" : "header");
            tree.put("encrypted", metadata.isEncrypted());
            tree.put("hmac", metadata.hasHmac());
            tree.put("encrypted_names", metadata.hasEncryptedNames());
            tree.put("keys", keys(LowerHeader.read(found.bytes(), found.place())));
            return 0;
        } catch (MalformedLowerException e) {
            tree.put("problem", e.getMessage());
            return NOT_ECRYPTFS;
        } catch (TreeException e) {
            tree.put("problem", errorText(e));
            return ToolFailure.EIO;
        }
    }

    private static List<Map<String, Object>> keys(LowerHeader header) {
        List<Map<String, Object>> keys = new ArrayList<>();
        for (KeyPacket packet : header.keys()) {
            Map<String, Object> key = new LinkedHashMap<>();
            key.put("signature", packet.signature().hex());
            if (packet instanceof KeyPacket.PassphrasePacket passphrase) {
                key.put("packet", "TAG 3");
                key.put("kind", "passphrase");
                key.put("cipher", passphrase.cipher().cipher().kernelName());
                key.put("key_bytes", passphrase.cipher().keyBytes());
                key.put("salt", passphrase.salt().hex());
            } else {
                key.put("packet", "TAG 1");
                key.put("kind", "key module");
            }
            key.put("encrypted_key_bytes", packet.encryptedKey().size());
            keys.add(key);
        }
        return keys;
    }

    /** The text of strerror(3) where the exception adds no details. */
    private static String errorText(TreeException e) {
        return switch (e.reason()) {
            case NOT_FOUND, DENIED, NOT_A_DIRECTORY, SYMLINK -> e.reason().text();
            default -> e.getMessage();
        };
    }
}
