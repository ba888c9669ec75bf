package org.ecryptfsj.netlink;

import java.util.Objects;
import org.ecryptfsj.keymodule.Secret;

/** What the kernel is told (docs/spec/packets.md, sections 3, 5 and 6). */
public sealed interface Reply {
    /** The packet's first byte. */
    byte tag();

    /** The failure that answers this request. */
    static Reply failureOf(Request request) {
        return new FailureReply(request.replyTag());
    }

    /**
     * The decrypted file key (docs/spec/packets.md, section 3).
     *
     * @param payload cipher code, file encryption key and checksum, as they were encrypted; borrowed, the caller closes it
     */
    record Tag65Reply(Secret payload) implements Reply {
        /** The packet's first byte. */
        public static final byte TAG = 0x41;

        /** Bytes of a payload without a key. */
        public static final int LEAST_PAYLOAD = 3;

        /** What fits in the largest frame the kernel takes. It accepts keys of up to 64 bytes, which is less. */
        public static final int MOST_PAYLOAD = 512;

        /** @throws IllegalArgumentException if the payload is not 3 to 512 bytes */
        public Tag65Reply {
            if (payload.size() < LEAST_PAYLOAD || payload.size() > MOST_PAYLOAD) {
                throw new IllegalArgumentException("a tag 65 payload has " + LEAST_PAYLOAD + " to " + MOST_PAYLOAD
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
     * @param encryptedKey what the file's header gets
     */
    record Tag67Reply(EncryptedKey encryptedKey) implements Reply {
        /** The packet's first byte. */
        public static final byte TAG = 0x43;

        /** @throws NullPointerException if there is no key */
        public Tag67Reply {
            Objects.requireNonNull(encryptedKey);
        }

        @Override
        public byte tag() {
            return TAG;
        }
    }

    /**
     * It cannot be done; the application gets EIO (docs/spec/packets.md, section 6).
     *
     * @param tag {@link Tag65Reply#TAG} or {@link Tag67Reply#TAG}
     */
    record FailureReply(byte tag) implements Reply {
        /** @throws IllegalArgumentException if the tag is not one of a reply */
        public FailureReply {
            PacketCodec.requireReplyTag(tag);
        }
    }
}
