package org.ecryptfsj.protector.tpm2;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.Wakeup;
import org.ecryptfsj.linux.Wakeup.WaitResult;

/**
 * A TPM behind a character device, {@code /dev/tpmrm0} or {@code /dev/tpm0}: one write(2) is a command, one read(2) its answer. The
 * device is opened without blocking, so that a wait for a TPM that does not answer can end.
 */
final class DeviceTransport implements TpmTransport {
    /** The longest wait until an interruption of the thread is noticed. */
    private static final int STEP_MILLIS = 100;

    private final Path device;
    private final Descriptor descriptor;
    private final Wakeup poll;
    private final Deadline deadline;

    private DeviceTransport(Path device, Descriptor descriptor, Wakeup poll, Deadline deadline) {
        this.device = device;
        this.descriptor = descriptor;
        this.poll = poll;
        this.deadline = deadline;
    }

    /** @throws TpmException UNREACHABLE if it cannot be opened */
    static DeviceTransport open(Path device, Deadline deadline) throws TpmException {
        try {
            Descriptor descriptor = Descriptor.openNonBlocking(device);
            try {
                return new DeviceTransport(device, descriptor, new Wakeup(), deadline);
            } catch (LinuxException e) {
                descriptor.close();
                throw e;
            }
        } catch (LinuxException e) {
            throw TpmException.unreachable(cannotBeOpened(device, e), e);
        }
    }

    private static String cannotBeOpened(Path device, LinuxException e) {
        if (e.errno() == Errno.ENOENT) {
            return "there is no TPM 2.0 at " + device;
        }
        return "the TPM device " + device + " cannot be opened: " + e.getMessage();
    }

    @Override
    public byte[] exchange(byte[] command) throws TpmException {
        ByteBuffer answer = ByteBuffer.allocateDirect(MOST_BYTES);
        try {
            descriptor.write(
                    ByteBuffer.allocateDirect(command.length).put(command).flip());
            while (poll.await(descriptor, Math.min(STEP_MILLIS, deadline.millisLeft())) != WaitResult.READABLE) {}
            descriptor.read(answer);
        } catch (LinuxException e) {
            throw TpmException.unreachable("the TPM device " + device + " failed: " + e.getMessage(), e);
        }
        byte[] bytes = new byte[answer.flip().remaining()];
        answer.get(bytes);
        return requireHeader(bytes);
    }

    private static byte[] requireHeader(byte[] bytes) throws TpmException {
        if (bytes.length < HEADER_BYTES || ByteBuffer.wrap(bytes).getInt(2) != bytes.length) {
            throw TpmException.malformed("its header is " + Arrays.toString(Arrays.copyOf(bytes, HEADER_BYTES)));
        }
        return bytes;
    }

    @Override
    public void close() {
        poll.close();
        descriptor.close();
    }
}
