package org.ecryptfsj.keymodule.tspi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.tspi.LibTspi.Tspi;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.linux.NativeMemory;

/**
 * A TSS context: a connection to tcsd, and the objects of libtspi that belong to it. It returns
 * byte arrays instead of buffers to free, and throws {@link TspiException} instead of returning results. Used by one thread.
 *
 * <p>Objects of a context share one policy (one secret) by default. Here the SRK and sealed blobs have separate
 * policies, so that blobs always have the well-known secret, as with the C module, independent of the SRK's secret.
 *
 * <p>Constants: tss/tss_defines.h; docs/spec/tspi.md, section 6.
 */
final class TspiContext implements AutoCloseable {
    private static final int OBJECT_POLICY = 1;
    private static final int OBJECT_RSAKEY = 2;
    private static final int OBJECT_ENCDATA = 3;
    private static final int OBJECT_PCRS = 4;
    private static final int ENCDATA_SEAL = 1;
    private static final int POLICY_USAGE = 1;
    private static final int SECRET_MODE_SHA1 = 0x1000;
    private static final int SECRET_MODE_PLAIN = 0x1800;

    /** TYPE_STORAGE, SIZE_2048, VOLATILE; NO_AUTHORIZATION and NOT_MIGRATABLE are 0. */
    private static final int STORAGE_KEY_2048 = 0x20 | 0x300 | 0x4;

    private static final int STORAGE_USER = 1;
    private static final int STORAGE_SYSTEM = 2;
    private static final int ATTRIB_ENCDATA_BLOB = 0x8;
    private static final int ENCDATABLOB_BLOB = 0x1;
    private static final int ATTRIB_RSAKEY_INFO = 0x140;
    private static final int RSA_MODULUS = 0x2000;
    private static final int ATTRIB_KEY_BLOB = 0x40;
    private static final int KEYBLOB_BLOB = 0x8;
    private static final int CAP_PROPERTY = 0x13;
    private static final int PROPERTY_PCR = 0x10;
    private static final int PROPERTY_OWNER = 0x16;
    private static final int SHA1_BYTES = 20;

    private final Tspi tspi;
    private final int context;
    private final ByteBuffer handle = result(Integer.BYTES);
    private final ByteBuffer length = result(Integer.BYTES);
    private final ByteBuffer memory = result(NativeMemory.WORD);
    private OptionalInt tpm = OptionalInt.empty();
    private OptionalInt srk = OptionalInt.empty();
    private OptionalInt srkPolicy = OptionalInt.empty();
    private OptionalInt blobPolicy = OptionalInt.empty();

    private TspiContext(Tspi tspi, int context) {
        this.tspi = tspi;
        this.context = context;
    }

    /** Where a function writes a result. */
    private static ByteBuffer result(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    /** A context connected to this machine's tcsd, or to the one TSS_TCSD_HOSTNAME and TSS_TCSD_PORT name. */
    static TspiContext connect(Tspi tspi) throws TspiException {
        ByteBuffer created = result(Integer.BYTES);
        check(tspi, "Tspi_Context_Create", tspi.Tspi_Context_Create(created));
        TspiContext context = new TspiContext(tspi, created.getInt(0));
        int result = tspi.Tspi_Context_Connect(context.context, 0);
        if (result != 0) {
            context.close();
            check(tspi, "Tspi_Context_Connect", result);
        }
        return context;
    }

    /** Sets the SRK's secret, which the TPM checks when a key is loaded or created. */
    void srkSecret(SrkSecret secret) throws TspiException, KeyModuleException {
        int root = srk();
        try (Secret bytes = secret.read()) {
            if (srkPolicy.isEmpty()) {
                int policy = create(OBJECT_POLICY, POLICY_USAGE);
                check("Tspi_Policy_AssignToObject", tspi.Tspi_Policy_AssignToObject(policy, root));
                srkPolicy = OptionalInt.of(policy);
            }
            setSecret(srkPolicy.getAsInt(), secret.isHashed() ? SECRET_MODE_SHA1 : SECRET_MODE_PLAIN, bytes);
        }
    }

    /** Loads a key of the user's storage into the TPM. */
    int loadKey(KeyUuid key) throws TspiException {
        check(
                "Tspi_Context_LoadKeyByUUID",
                tspi.Tspi_Context_LoadKeyByUUID(context, STORAGE_USER, key.word0(), key.word1(), handle));
        return handle.getInt(0);
    }

    /** Takes a loaded key out of the TPM. */
    void unloadKey(int key) throws TspiException {
        check("Tspi_Key_UnloadKey", tspi.Tspi_Key_UnloadKey(key));
        closeObject(key);
    }

    /** Finds a key in the user's storage, without the TPM. To be closed, and not while the same key is loaded. */
    int findKey(KeyUuid key) throws TspiException {
        check(
                "Tspi_Context_GetKeyByUUID",
                tspi.Tspi_Context_GetKeyByUUID(context, STORAGE_USER, key.word0(), key.word1(), handle));
        return handle.getInt(0);
    }

    /** A key's RSA modulus, big endian. */
    byte[] modulus(int key) throws TspiException {
        return attribute(key, ATTRIB_RSAKEY_INFO, RSA_MODULUS);
    }

    /** A key's TPM_KEY structure. */
    byte[] keyBlob(int key) throws TspiException {
        return attribute(key, ATTRIB_KEY_BLOB, KEYBLOB_BLOB);
    }

    /** Seals with a loaded key, which has the PCR binding. */
    byte[] seal(int key, Secret plain) throws TspiException {
        int blob = newBlob();
        try {
            check("Tspi_Data_Seal", tspi.Tspi_Data_Seal(blob, key, plain.size(), plain.buffer(), 0));
            return attribute(blob, ATTRIB_ENCDATA_BLOB, ENCDATABLOB_BLOB);
        } finally {
            closeObject(blob);
        }
    }

    /** Unseals with a loaded key. The result is closed by the caller. */
    Secret unseal(int key, SealedBlob sealed) throws TspiException {
        int blob = newBlob();
        try {
            check(
                    "Tspi_SetAttribData",
                    tspi.Tspi_SetAttribData(
                            blob, ATTRIB_ENCDATA_BLOB, ENCDATABLOB_BLOB, sealed.size(), sealed.buffer()));
            check("Tspi_Data_Unseal", tspi.Tspi_Data_Unseal(blob, key, length, memory));
            return takeSecret();
        } finally {
            closeObject(blob);
        }
    }

    /** The number of PCRs. */
    int pcrCount() throws TspiException {
        return ByteBuffer.wrap(property(PROPERTY_PCR))
                .order(ByteOrder.nativeOrder())
                .getInt();
    }

    /** Whether the TPM reports that it has an owner. */
    boolean hasOwner() throws TspiException {
        return property(PROPERTY_OWNER)[0] != 0;
    }

    private byte[] property(int which) throws TspiException {
        ByteBuffer property = ByteBuffer.allocateDirect(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(0, which);
        check(
                "Tspi_TPM_GetCapability",
                tspi.Tspi_TPM_GetCapability(tpm(), CAP_PROPERTY, Integer.BYTES, property, length, memory));
        return takeBytes();
    }

    /** A PCR's 20 bytes. */
    byte[] readPcr(int index) throws TspiException {
        check("Tspi_TPM_PcrRead", tspi.Tspi_TPM_PcrRead(tpm(), index, length, memory));
        return takeBytes();
    }

    /** A new, empty set of PCR values. To be closed. */
    int newPcrs() throws TspiException {
        return create(OBJECT_PCRS, 0);
    }

    void addPcr(int pcrs, int index, byte[] value) throws TspiException {
        check(
                "Tspi_PcrComposite_SetPcrValue",
                tspi.Tspi_PcrComposite_SetPcrValue(
                        pcrs,
                        index,
                        value.length,
                        ByteBuffer.allocateDirect(value.length).put(value).flip()));
    }

    /** A 2048-bit storage key without authorisation, not migratable, not created in the TPM yet. To be closed. */
    int newStorageKey() throws TspiException {
        return create(OBJECT_RSAKEY, STORAGE_KEY_2048);
    }

    /** Makes the TPM create the key below the SRK, bound to the PCR values. */
    void createKey(int key, int pcrs) throws TspiException {
        check("Tspi_Key_CreateKey", tspi.Tspi_Key_CreateKey(key, srk(), pcrs));
    }

    /** A UUID from the TPM's random number generator. */
    KeyUuid randomUuid() throws TspiException {
        check("Tspi_TPM_GetRandom", tspi.Tspi_TPM_GetRandom(tpm(), KeyUuid.BYTES, memory));
        return KeyUuid.of(takeBytes(KeyUuid.BYTES));
    }

    /** Writes a created key into the user's key storage. */
    void register(int key, KeyUuid uuid) throws TspiException {
        check(
                "Tspi_Context_RegisterKey",
                tspi.Tspi_Context_RegisterKey(
                        context,
                        key,
                        STORAGE_USER,
                        uuid.word0(),
                        uuid.word1(),
                        STORAGE_SYSTEM,
                        KeyUuid.SRK.word0(),
                        KeyUuid.SRK.word1()));
    }

    /** Removes a key from the user's key storage. */
    void unregister(KeyUuid uuid) throws TspiException {
        check(
                "Tspi_Context_UnregisterKey",
                tspi.Tspi_Context_UnregisterKey(context, STORAGE_USER, uuid.word0(), uuid.word1(), handle));
        closeObject(handle.getInt(0));
    }

    /** Frees an object. An error is ignored: it could only mean that the object is freed already. */
    void closeObject(int object) {
        tspi.Tspi_Context_CloseObject(context, object);
    }

    /** Frees everything. An error is ignored: nothing could be done about it. */
    @Override
    public void close() {
        tspi.Tspi_Context_Close(context);
    }

    /** Finds the SRK, once. Fails if the TPM has no owner. */
    int srk() throws TspiException {
        if (srk.isEmpty()) {
            check(
                    "Tspi_Context_LoadKeyByUUID",
                    tspi.Tspi_Context_LoadKeyByUUID(
                            context, STORAGE_SYSTEM, KeyUuid.SRK.word0(), KeyUuid.SRK.word1(), handle));
            srk = OptionalInt.of(handle.getInt(0));
        }
        return srk.getAsInt();
    }

    /** The exception of {@link #srk()} if tcsd has no SRK. */
    TspiException srkNotStored() {
        int result = 0x2020;
        return new TspiException("Tspi_Context_LoadKeyByUUID", result, LibTspi.words(tspi, result));
    }

    private int tpm() throws TspiException {
        if (tpm.isEmpty()) {
            check("Tspi_Context_GetTpmObject", tspi.Tspi_Context_GetTpmObject(context, handle));
            tpm = OptionalInt.of(handle.getInt(0));
        }
        return tpm.getAsInt();
    }

    private int newBlob() throws TspiException {
        if (blobPolicy.isEmpty()) {
            int policy = create(OBJECT_POLICY, POLICY_USAGE);
            try (Secret wellKnown = Secret.allocate(SHA1_BYTES)) {
                setSecret(policy, SECRET_MODE_SHA1, wellKnown);
            }
            blobPolicy = OptionalInt.of(policy);
        }
        int blob = create(OBJECT_ENCDATA, ENCDATA_SEAL);
        check("Tspi_Policy_AssignToObject", tspi.Tspi_Policy_AssignToObject(blobPolicy.getAsInt(), blob));
        return blob;
    }

    private void setSecret(int policy, int mode, Secret secret) throws TspiException {
        check("Tspi_Policy_SetSecret", tspi.Tspi_Policy_SetSecret(policy, mode, secret.size(), secret.buffer()));
    }

    private int create(int type, int flags) throws TspiException {
        check("Tspi_Context_CreateObject", tspi.Tspi_Context_CreateObject(context, type, flags, handle));
        return handle.getInt(0);
    }

    private byte[] attribute(int object, int flag, int subFlag) throws TspiException {
        check("Tspi_GetAttribData", tspi.Tspi_GetAttribData(object, flag, subFlag, length, memory));
        return takeBytes();
    }

    private byte[] takeBytes() {
        return takeBytes(length.getInt(0));
    }

    private byte[] takeBytes(int size) {
        byte[] bytes = new byte[size];
        long source = NativeMemory.word(memory, 0);
        NativeMemory.view(source, size).get(bytes);
        free(source);
        return bytes;
    }

    /** Moves the bytes from libtspi's memory into a secret; libtspi's memory is wiped before it is freed. */
    private Secret takeSecret() {
        long source = NativeMemory.word(memory, 0);
        ByteBuffer bytes = NativeMemory.view(source, length.getInt(0));
        try {
            return Secret.copyOf(bytes);
        } finally {
            LockedMemory.wipe(bytes);
            free(source);
        }
    }

    /** An error is ignored: it could only mean that there is nothing to free. */
    private void free(long source) {
        tspi.Tspi_Context_FreeMemory(context, source);
    }

    private void check(String call, int result) throws TspiException {
        check(tspi, call, result);
    }

    private static void check(Tspi tspi, String call, int result) throws TspiException {
        if (result != 0) {
            throw new TspiException(call, result, LibTspi.words(tspi, result));
        }
    }
}
