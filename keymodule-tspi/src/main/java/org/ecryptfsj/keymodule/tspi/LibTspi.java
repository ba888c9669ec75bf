package org.ecryptfsj.keymodule.tspi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.linux.NativeLibrary;
import org.ecryptfsj.linux.NativeMemory;

/** The TSS library libtspi. Only {@link TspiContext} calls its functions. */
final class LibTspi {
    private static final String LIBRARY = "libtspi.so.1";

    /**
     * Processors, by Java's {@code os.arch}, whose C calling convention passes a struct of 16 bytes as two words (docs/spec/tspi.md,
     * section 1).
     */
    private static final List<String> UUID_IN_TWO_WORDS = List.of("amd64", "aarch64", "ppc64le");

    private LibTspi() {}

    /**
     * Loads the library.
     *
     * @throws KeyModuleException SERVICE_UNAVAILABLE if it is not installed, UNSUPPORTED on other processors
     */
    static Tspi load() throws KeyModuleException {
        String cpu = System.getProperty("os.arch");
        if (!UUID_IN_TWO_WORDS.contains(cpu)) {
            throw new KeyModuleException(
                    Reason.UNSUPPORTED,
                    "TPM keys are not supported on " + cpu,
                    "Use one of " + UUID_IN_TWO_WORDS + ".");
        }
        return load(LIBRARY);
    }

    static Tspi load(String library) throws KeyModuleException {
        try {
            return new LibTspiTspiBinding(NativeLibrary.load(library));
        } catch (UnsatisfiedLinkError e) {
            throw new KeyModuleException(
                    Reason.SERVICE_UNAVAILABLE,
                    "the TSS library " + library + " cannot be loaded: " + e.getMessage(),
                    "Install TrouSerS (packages libtspi1 and trousers), and start tcsd.",
                    0,
                    e);
        }
    }

    /** libtspi's words for a result. */
    static String words(Tspi tspi, int result) {
        return new String(NativeMemory.text(tspi.Trspi_Error_String(result)), StandardCharsets.UTF_8);
    }

    /**
     * The functions (tss/tspi.h, trousers/trousers.h). A TSS_UUID passed by value is two longs: its 16 bytes read in native order.
     * Results are in the machine's order.
     */
    @CFunctions
    interface Tspi {
        int Tspi_Context_Create(ByteBuffer context);

        int Tspi_Context_Connect(int context, long destination);

        int Tspi_Context_Close(int context);

        int Tspi_Context_FreeMemory(int context, long memory);

        int Tspi_Context_CreateObject(int context, int type, int flags, ByteBuffer object);

        int Tspi_Context_CloseObject(int context, int object);

        int Tspi_Context_GetTpmObject(int context, ByteBuffer tpm);

        int Tspi_Context_LoadKeyByUUID(int context, int storage, long uuid0, long uuid1, ByteBuffer key);

        int Tspi_Context_GetKeyByUUID(int context, int storage, long uuid0, long uuid1, ByteBuffer key);

        int Tspi_Context_RegisterKey(
                int context,
                int key,
                int storage,
                long uuid0,
                long uuid1,
                int parentStorage,
                long parent0,
                long parent1);

        int Tspi_Context_UnregisterKey(int context, int storage, long uuid0, long uuid1, ByteBuffer key);

        int Tspi_Policy_SetSecret(int policy, int mode, int length, ByteBuffer secret);

        int Tspi_Policy_AssignToObject(int policy, int object);

        int Tspi_SetAttribData(int object, int flag, int subFlag, int length, ByteBuffer bytes);

        int Tspi_GetAttribData(int object, int flag, int subFlag, ByteBuffer length, ByteBuffer bytes);

        int Tspi_TPM_GetCapability(
                int tpm, int area, int subLength, ByteBuffer sub, ByteBuffer length, ByteBuffer bytes);

        int Tspi_TPM_PcrRead(int tpm, int index, ByteBuffer length, ByteBuffer value);

        int Tspi_TPM_GetRandom(int tpm, int length, ByteBuffer bytes);

        int Tspi_PcrComposite_SetPcrValue(int pcrs, int index, int length, ByteBuffer value);

        int Tspi_Key_CreateKey(int key, int wrappingKey, int pcrs);

        int Tspi_Key_UnloadKey(int key);

        int Tspi_Data_Seal(int encData, int key, int length, ByteBuffer plain, int pcrs);

        int Tspi_Data_Unseal(int encData, int key, ByteBuffer length, ByteBuffer plain);

        long Trspi_Error_String(int result);
    }
}
