package org.ecryptfsj.netlink;

import java.util.Objects;
import org.ecryptfsj.keymodule.Secret;

/** A reply to the kernel (docs/spec/packets.md, sections 3, 5 and 6). */
public sealed interface Reply {
    /** The packet's first byte. */
    byte tag();

    /** The failure reply to a request. */
    static Reply failureOf(Request request) {
        return new FailureReply(request.replyTag());
    }

    /**
     * The decrypted file key (docs/spec/packets.md, section 3).
     *
     * @param payload cipher code, file encryption key and checksum, as they were encrypted; closed by the caller
     */
    record Tag65Reply(Secret payload) implements Reply {
        /** The packet's first byte. */
        public static final byte TAG = 0x41;

        /** Bytes of a payload without a key. */
        public static final int MIN_PAYLOAD = 3;

        /** Largest payload that fits in a frame. The kernel accepts keys of up to 64 bytes only. */
        public static final int MAX_PAYLOAD = 512;

        /** @throws IllegalArgumentException if the payload is not 3 to 512 bytes */
        public Tag65Reply {
            if (payload.size() < MIN_PAYLOAD || payload.size() > MAX_PAYLOAD) {
                throw new IllegalArgumentException("tag 65 payload must have " + MIN_PAYLOAD + " to " + MAX_PAYLOAD
                        + " bytes, not " + payload.size());
            }
        }

        @Override
        public byte tag() {
            return TAG;
        }
    }

    /**
     * The encrypted file key (docs/spec/packets.md, section 5).
     *
     * @param encryptedKey for the file's header
     */
    record Tag67Reply(EncryptedKey encryptedKey) implements Reply {
        /** The packet's first byte. */
        public static final byte TAG = 0x43;

        /** @throws NullPointerException if the key is null */
        public Tag67Reply {
            Objects.requireNonNull(encryptedKey);
        }

        @Override
        public byte tag() {
            return TAG;
        }
    }

    /**
     * Failure of a request; the application gets EIO (docs/spec/packets.md, section 6).
     *
     * @param tag {@link Tag65Reply#TAG} or {@link Tag67Reply#TAG}
     */
    record FailureReply(byte tag) implements Reply {
        /** @throws IllegalArgumentException if it is not the tag of a reply */
        public FailureReply {
            PacketCodec.requireReplyTag(tag);
        }
    }
}
