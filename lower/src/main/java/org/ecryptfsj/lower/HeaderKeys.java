package org.ecryptfsj.lower;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.lower.KeyPacketParser.Placed;

/**
 * The keys in a header, and the changes of its bytes that add and drop keys (docs/spec/file-format.md, section 7). Between two
 * changes that depend on each other the disk must have the first one:
 *
 * <ol>
 *   <li>{@link #preparation} writes new keys behind the end of the set, without the first byte: nobody reads them there;
 *   <li>{@link #activation} writes that first byte;
 *   <li>{@link #revocation} overwrites the signatures of dropped keys;
 *   <li>{@link #erasure} overwrites their encrypted file keys.
 * </ol>
 *
 * Each step can be repeated, and can be the last one: the file then opens with the old keys, or with the new ones.
 */
public final class HeaderKeys {
    private final byte[] header;
    private final List<Placed> placed;
    private final int end;

    private HeaderKeys(byte[] header, List<Placed> placed, int end) {
        this.header = header;
        this.placed = placed;
        this.end = end;
    }

    /**
     * The keys of a header.
     *
     * @param bytes from index 0 on, of which at most {@link LowerHeader#READ_BYTES} are read
     * @throws MalformedLowerException if it is not a header that the kernel would accept, or has the oldest version, which keeps
     *     packets elsewhere
     */
    public static HeaderKeys read(ByteBuffer bytes) throws MalformedLowerException {
        if (Metadata.read(bytes).version() == 0) {
            throw new MalformedLowerException("keys of headers of version 0 cannot be changed");
        }
        ByteBuffer in = bytes.duplicate();
        byte[] header = new byte[Math.min(in.limit(), LowerHeader.READ_BYTES)];
        in.get(0, header);
        ByteBuffer packets = ByteBuffer.wrap(header).position(Metadata.BYTES);
        List<Placed> placed = KeyPacketParser.readPlaced(packets);
        return new HeaderKeys(header, placed, packets.position());
    }

    /** The keys, without dropped ones. */
    public List<KeyPacket> keys() {
        return placed.stream()
                .map(Placed::packet)
                .filter(packet -> !packet.signature().equals(KeyPacket.DROPPED))
                .toList();
    }

    /** The signatures of the keys, without dropped ones. */
    public Set<Signature> signatures() {
        return keys().stream().map(KeyPacket::signature).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Writes new keys behind the set, all but the first byte, and the end of the new set behind them.
     *
     * @param added at least one
     * @throws MalformedLowerException if the header has no space for them
     */
    public HeaderPatch preparation(List<KeyPacket> added) throws MalformedLowerException {
        byte[] packets = bytes(added);
        if (end + packets.length >= LowerHeader.READ_BYTES) {
            throw new MalformedLowerException("the header has no space for more keys: " + (LowerHeader.READ_BYTES - end)
                    + " bytes are free, the new keys need " + (packets.length + 1));
        }
        byte[] withEnd = Arrays.copyOf(packets, packets.length + 1);
        return HeaderPatch.of(end + 1, Arrays.copyOfRange(withEnd, 1, withEnd.length));
    }

    /** Whether these keys were prepared, byte for byte. */
    public boolean isPrepared(List<KeyPacket> added) throws MalformedLowerException {
        HeaderPatch patch = preparation(added);
        byte[] wanted = patch.bytes().bytes();
        int to = patch.at() + wanted.length;
        return to <= header.length && Arrays.equals(header, patch.at(), to, wanted, 0, wanted.length);
    }

    /**
     * The keys that were prepared, if they are complete.
     *
     * @param firstIsModule whether the first one is a key module's
     * @return as many as follow
     */
    public List<KeyPacket> prepared(boolean firstIsModule) {
        if (end >= header.length) {
            return List.of();
        }
        byte[] activated = header.clone();
        activated[end] = KeyPacketParser.tag(firstIsModule);
        try {
            return KeyPacketParser.read(ByteBuffer.wrap(activated).position(end));
        } catch (MalformedLowerException e) {
            System.getLogger(HeaderKeys.class.getName())
                    .log(System.Logger.Level.DEBUG, "no key is prepared in the header", e);
            return List.of();
        }
    }

    /** Makes prepared keys part of the set. */
    public HeaderPatch activation(boolean firstIsModule) {
        return HeaderPatch.of(end, new byte[] {KeyPacketParser.tag(firstIsModule)});
    }

    /**
     * Ends the set before dropped keys at its end, and overwrites the signatures of the others.
     *
     * @param dropped signatures; nothing is changed if the set has none of them
     */
    public List<HeaderPatch> revocation(Set<Signature> dropped) {
        if (signatures().stream().noneMatch(dropped::contains)) {
            return List.of();
        }
        int kept = IntStream.range(0, placed.size())
                .filter(i -> !isGone(placed.get(i), dropped))
                .map(i -> i + 1)
                .max()
                .orElse(0);
        List<HeaderPatch> patches = new ArrayList<>();
        for (Placed key : placed.subList(0, kept)) {
            if (dropped.contains(key.packet().signature())) {
                patches.add(HeaderPatch.of(key.signatureAt(), KeyPacket.DROPPED.bytes()));
            }
        }
        if (kept < placed.size()) {
            patches.add(HeaderPatch.of(placed.get(kept).from(), new byte[1]));
        }
        return patches;
    }

    private static boolean isGone(Placed key, Set<Signature> dropped) {
        Signature signature = key.packet().signature();
        return signature.equals(KeyPacket.DROPPED) || dropped.contains(signature);
    }

    /** Overwrites the file keys of dropped keys in the set, and everything behind the set. Nothing if that was done. */
    public List<HeaderPatch> erasure() {
        List<HeaderPatch> patches = new ArrayList<>();
        for (Placed key : placed) {
            if (key.packet().signature().equals(KeyPacket.DROPPED)) {
                zeros(
                                key.encryptedKeyAt(),
                                key.encryptedKeyAt()
                                        + key.packet().encryptedKey().size())
                        .ifPresent(patches::add);
            }
        }
        zeros(end + 1, header.length).ifPresent(patches::add);
        return patches;
    }

    /** Zeros from the first byte to the last one that is not zero. */
    private Optional<HeaderPatch> zeros(int from, int to) {
        int first = from;
        while (first < to && header[first] == 0) {
            first++;
        }
        int last = to;
        while (last > first && header[last - 1] == 0) {
            last--;
        }
        return first < last ? Optional.of(HeaderPatch.of(first, new byte[last - first])) : Optional.empty();
    }

    /**
     * The whole header with other keys, for one that is replaced in one step: that in an extended attribute.
     *
     * @throws MalformedLowerException if there is no space for them
     */
    public byte[] replaced(List<KeyPacket> added, Set<Signature> dropped) throws MalformedLowerException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(header, 0, Metadata.BYTES);
        for (Placed key : placed) {
            if (!isGone(key, dropped)) {
                out.write(header, key.from(), key.to() - key.from());
            }
        }
        out.writeBytes(bytes(added));
        out.write(0);
        if (out.size() > LowerHeader.READ_BYTES) {
            throw new MalformedLowerException("the attribute has no space for more keys");
        }
        return out.toByteArray();
    }

    private static byte[] bytes(List<KeyPacket> packets) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        packets.forEach(packet -> out.writeBytes(KeyPacketParser.write(packet)));
        return out.toByteArray();
    }
}
