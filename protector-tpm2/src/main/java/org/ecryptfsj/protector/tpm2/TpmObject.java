package org.ecryptfsj.protector.tpm2;

/** A key or sealed object that the TPM has loaded. */
final class TpmObject implements AutoCloseable {
    private final Tpm tpm;
    private final int handle;
    private final byte[] name;
    private final boolean persistent;

    private TpmObject(Tpm tpm, int handle, byte[] name, boolean persistent) {
        this.tpm = tpm;
        this.handle = handle;
        this.name = name;
        this.persistent = persistent;
    }

    /** One that this program loaded, and removes from the TPM's memory. */
    static TpmObject loaded(Tpm tpm, int handle, byte[] name) {
        return new TpmObject(tpm, handle, name, false);
    }

    /** One that stays in the TPM. */
    static TpmObject persistent(Tpm tpm, int handle, byte[] name) {
        return new TpmObject(tpm, handle, name, true);
    }

    int handle() {
        return handle;
    }

    byte[] name() {
        return name;
    }

    @Override
    public void close() {
        if (!persistent) {
            tpm.flush(handle);
        }
    }
}
