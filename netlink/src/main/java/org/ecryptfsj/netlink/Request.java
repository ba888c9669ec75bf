package org.ecryptfsj.netlink;

import java.util.Objects;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;

/** What the kernel asks (docs/spec/packets.md, sections 2 and 4). */
public sealed interface Request extends AutoCloseable {
    /**
     * The kind of packet this is answered as: {@link Tag64Request#TAG} or {@link Tag66Request#TAG}. A packet too broken to
     * tell counts as the former.
     */
    byte tag();

    /** The tag of the packet that answers it. */
    default byte replyTag() {
        return (byte) (tag() + 1);
    }

    /** Wipes what is secret in it. */
    @Override
    void close();

    /**
     * Decrypt a file key (docs/spec/packets.md, section 2).
     *
     * @param signature the key to decrypt it with
     * @param encryptedKey as it stands in the file's header
     */
    record Tag64Request(Signature signature, EncryptedKey encryptedKey) implements Request {
        /** The packet's first byte. */
        public static final byte TAG = 0x40;

        /** @throws NullPointerException if a component is null */
        public Tag64Request {
            Objects.requireNonNull(signature);
            Objects.requireNonNull(encryptedKey);
        }

        @Override
        public byte tag() {
            return TAG;
        }

        @Override
        public void close() {}
    }

    /**
     * Encrypt a file key (docs/spec/packets.md, section 4).
     *
     * @param signature the key to encrypt it with
     * @param payload cipher code, file encryption key and checksum; owned by this
     */
    record Tag66Request(Signature signature, Secret payload) implements Request {
        /** The packet's first byte. */
        public static final byte TAG = 0x42;

        /** Bytes in the payload around the key: the cipher code and the checksum. */
        public static final int LEAST_PAYLOAD = 3;

        /** The payload of the longest file encryption key, 64 bytes. */
        public static final int MOST_PAYLOAD = 67;

        /** @throws IllegalArgumentException if the payload is not 3 to 67 bytes */
        public Tag66Request {
            Objects.requireNonNull(signature);
            if (payload.size() < LEAST_PAYLOAD || payload.size() > MOST_PAYLOAD) {
                throw new IllegalArgumentException("a tag 66 payload has " + LEAST_PAYLOAD + " to " + MOST_PAYLOAD
                        + " bytes, not " + payload.size());
            }
        }

        @Override
        public byte tag() {
            return TAG;
        }

        @Override
        public void close() {
            payload.close();
        }
    }

    /**
     * Who asks is known, but not what: it must be answered with a failure, or the requester waits in vain.
     *
     * @param replyTag the tag of that answer, {@link Reply.Tag65Reply#TAG} or {@link Reply.Tag67Reply#TAG}
     * @param why what is wrong with the packet, for the log; never its contents
     */
    record MalformedRequest(byte replyTag, String why) implements Request {
        /** @throws IllegalArgumentException if the tag is not one of a reply */
        public MalformedRequest {
            PacketCodec.requireReplyTag(replyTag);
            Objects.requireNonNull(why);
        }

        @Override
        public byte tag() {
            return (byte) (replyTag - 1);
        }

        @Override
        public void close() {}
    }
}
