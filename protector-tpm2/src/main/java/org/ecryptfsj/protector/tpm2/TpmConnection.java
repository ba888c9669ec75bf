package org.ecryptfsj.protector.tpm2;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.ecryptfsj.libcrypto.Digest;

/** Commands and answers as bytes: headers, authorization areas, another attempt when the TPM asks for one. For one thread. */
final class TpmConnection implements AutoCloseable {
    private static final int NO_SESSIONS = 0x8001;
    private static final int SESSIONS = 0x8002;
    private static final int FIRST_PAUSE_MILLIS = 10;
    private static final int MOST_PAUSE_MILLIS = 1000;

    private final TpmTransport transport;
    private final Deadline deadline;

    /** Takes over the transport. */
    TpmConnection(TpmTransport transport, Deadline deadline) {
        this.transport = transport;
        this.deadline = deadline;
    }

    /**
     * Opens a connection.
     *
     * @param limit for all that is done with it
     * @throws TpmException UNREACHABLE
     */
    static TpmConnection open(TpmAddress address, Duration limit) throws TpmException {
        Deadline deadline = new Deadline(limit);
        return new TpmConnection(address.open(deadline), deadline);
    }

    /**
     * A command without authorization.
     *
     * @param body handles and parameters
     * @return handles and parameters of the answer
     * @throws TpmException REFUSED and others
     */
    TpmReader send(TpmCommand command, byte[] body) throws TpmException {
        return new TpmReader(exchange(command, NO_SESSIONS, body));
    }

    /**
     * An object that an authorized command uses.
     *
     * @param handle of the object
     * @param name of the object
     */
    @SuppressWarnings("ArrayRecordComponent") // never written to
    record Used(int handle, byte[] name) {
        static Used of(TpmObject object) {
            return new Used(object.handle(), object.name());
        }

        /** A hierarchy, whose handle is its name. */
        static Used hierarchy(int handle) {
            return new Used(handle, new TpmWriter().u32(handle).bytes());
        }
    }

    /**
     * The answer to an authorized command.
     *
     * @param handle of what was loaded; 0 if the command loads nothing
     * @param parameters of the answer
     */
    record Answer(int handle, TpmReader parameters) {}

    /**
     * A command that uses an object.
     *
     * @param loads whether the answer begins with a handle
     * @throws TpmException REFUSED and others; MALFORMED if the answer is not authentic
     */
    Answer send(TpmCommand command, Used object, Authorization authorization, byte[] parameters, boolean loads)
            throws TpmException {
        byte[] code = new TpmWriter().u32(command.code()).bytes();
        byte[] area = authorization.area(Digest.SHA256.of(code, object.name(), parameters));
        byte[] body = new TpmWriter()
                .u32(object.handle())
                .u32(area.length)
                .raw(area)
                .raw(parameters)
                .bytes();
        TpmReader answer = new TpmReader(exchange(command, SESSIONS, body));
        int handle = loads ? answer.u32() : 0;
        byte[] values = answer.raw(answer.u32());
        byte[] success = new TpmWriter().u32(ResponseCode.SUCCESS).bytes();
        authorization.verify(Digest.SHA256.of(success, code, values), answer);
        return new Answer(handle, new TpmReader(values));
    }

    private byte[] exchange(TpmCommand command, int tag, byte[] body) throws TpmException {
        byte[] bytes = new TpmWriter()
                .u16(tag)
                .u32(TpmTransport.HEADER_BYTES + body.length)
                .u32(command.code())
                .raw(body)
                .bytes();
        int pause = FIRST_PAUSE_MILLIS;
        while (true) {
            ByteBuffer answer = ByteBuffer.wrap(transport.exchange(bytes));
            int answerTag = answer.getShort(0) & 0xffff;
            ResponseCode code = new ResponseCode(answer.getInt(6));
            if (code.value() == ResponseCode.SUCCESS) {
                if (answerTag != tag) {
                    throw TpmException.malformed("its tag is 0x%04x".formatted(answerTag));
                }
                byte[] content = new byte[answer.capacity() - TpmTransport.HEADER_BYTES];
                answer.get(TpmTransport.HEADER_BYTES, content);
                return content;
            }
            if (!code.isTransient()) {
                throw TpmException.refused(command, code);
            }
            pause = pause(pause);
        }
    }

    /** The TPM does not say when it is ready: the standard asks for the same command again. */
    private int pause(int millis) throws TpmException {
        LockSupport.parkNanos(
                Duration.ofMillis(Math.min(millis, deadline.millisLeft())).toNanos());
        return Math.min(2 * millis, MOST_PAUSE_MILLIS);
    }

    @Override
    public void close() {
        transport.close();
    }
}
