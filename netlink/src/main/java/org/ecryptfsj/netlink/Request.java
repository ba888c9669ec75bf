package org.ecryptfsj.netlink;

import java.util.Objects;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;

/** A request of the kernel (docs/spec/packets.md, sections 2 and 4). */
public sealed interface Request extends AutoCloseable {
    /**
     * Kind of request: {@link Tag64Request#TAG} or {@link Tag66Request#TAG}. A packet without a recognisable tag counts as the
     * former.
     */
    byte tag();

    /** Tag of the reply. */
    default byte replyTag() {
        return (byte) (tag() + 1);
    }

    /** Wipes the secrets in it. */
    @Override
    void close();

    /**
     * Decrypt a file key (docs/spec/packets.md, section 2).
     *
     * @param signature of the key to decrypt it with
     * @param encryptedKey from the file's header
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
     * @param signature of the key to encrypt it with
     * @param payload cipher code, file encryption key and checksum; closed with the request
     */
    record Tag66Request(Signature signature, Secret payload) implements Request {
        /** The packet's first byte. */
        public static final byte TAG = 0x42;

        /** Bytes of a payload without a key: the cipher code and the checksum. */
        public static final int MIN_PAYLOAD = 3;

        /** The payload of the longest file encryption key, 64 bytes. */
        public static final int MAX_PAYLOAD = 67;

        /** @throws IllegalArgumentException if the payload is not 3 to 67 bytes */
        public Tag66Request {
            Objects.requireNonNull(signature);
            if (payload.size() < MIN_PAYLOAD || payload.size() > MAX_PAYLOAD) {
                throw new IllegalArgumentException("tag 66 payload must have " + MIN_PAYLOAD + " to " + MAX_PAYLOAD
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
     * A message whose packet cannot be parsed. It must be answered with a failure, so that its requester does not wait until the
     * timeout.
     *
     * @param replyTag tag of the reply, {@link Reply.Tag65Reply#TAG} or {@link Reply.Tag67Reply#TAG}
     * @param why reason for the log; never contains bytes of the packet
     */
    record MalformedRequest(byte replyTag, String why) implements Request {
        /** @throws IllegalArgumentException if it is not the tag of a reply */
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
