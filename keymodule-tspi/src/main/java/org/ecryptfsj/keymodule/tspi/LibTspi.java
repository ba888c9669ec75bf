package org.ecryptfsj.keymodule.tspi;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.PointerByReference;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;

/** The TSS library libtspi. Only {@link TspiContext} calls its functions. */
final class LibTspi {
    private static final String LIBRARY = "libtspi.so.1";

    /** Processors whose C calling convention passes a struct of 16 bytes as two words (docs/spec/tspi.md, section 1). */
    private static final Set<Platform.CPU> UUID_IN_TWO_WORDS =
            EnumSet.of(Platform.CPU.X86_64, Platform.CPU.AARCH64, Platform.CPU.PPC64LE);

    private LibTspi() {}

    /**
     * Loads the library.
     *
     * @throws KeyModuleException SERVICE_UNAVAILABLE if it is not installed, UNSUPPORTED on other processors
     */
    static Tspi load() throws KeyModuleException {
        Platform.CPU cpu = Platform.getNativePlatform().getCPU();
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
            return LibraryLoader.create(Tspi.class).failImmediately().load(library);
        } catch (UnsatisfiedLinkError e) {
            throw new KeyModuleException(
                    Reason.SERVICE_UNAVAILABLE,
                    "the TSS library " + library + " cannot be loaded: " + e.getMessage(),
                    "Install TrouSerS (packages libtspi1 and trousers), and start tcsd.",
                    0,
                    e);
        }
    }

    /**
     * The functions (tss/tspi.h, trousers/trousers.h). Public, because jnr-ffi implements it from another class loader; its
     * outer class is not. A TSS_UUID passed by value is two longs: its 16 bytes read in native order.
     */
    public interface Tspi {
        int Tspi_Context_Create(@Out IntByReference context);

        int Tspi_Context_Connect(int context, Pointer destination);

        int Tspi_Context_Close(int context);

        int Tspi_Context_FreeMemory(int context, Pointer memory);

        int Tspi_Context_CreateObject(int context, int type, int flags, @Out IntByReference object);

        int Tspi_Context_CloseObject(int context, int object);

        int Tspi_Context_GetTpmObject(int context, @Out IntByReference tpm);

        int Tspi_Context_LoadKeyByUUID(int context, int storage, long uuid0, long uuid1, @Out IntByReference key);

        int Tspi_Context_GetKeyByUUID(int context, int storage, long uuid0, long uuid1, @Out IntByReference key);

        int Tspi_Context_RegisterKey(
                int context,
                int key,
                int storage,
                long uuid0,
                long uuid1,
                int parentStorage,
                long parent0,
                long parent1);

        int Tspi_Context_UnregisterKey(int context, int storage, long uuid0, long uuid1, @Out IntByReference key);

        int Tspi_Policy_SetSecret(int policy, int mode, int length, @In ByteBuffer secret);

        int Tspi_Policy_AssignToObject(int policy, int object);

        int Tspi_SetAttribData(int object, int flag, int subFlag, int length, @In ByteBuffer bytes);

        int Tspi_GetAttribData(
                int object, int flag, int subFlag, @Out IntByReference length, @Out PointerByReference bytes);

        int Tspi_TPM_GetCapability(
                int tpm,
                int area,
                int subLength,
                @In ByteBuffer sub,
                @Out IntByReference length,
                @Out PointerByReference bytes);

        int Tspi_TPM_PcrRead(int tpm, int index, @Out IntByReference length, @Out PointerByReference value);

        int Tspi_TPM_GetRandom(int tpm, int length, @Out PointerByReference bytes);

        int Tspi_PcrComposite_SetPcrValue(int pcrs, int index, int length, @In ByteBuffer value);

        int Tspi_Key_CreateKey(int key, int wrappingKey, int pcrs);

        int Tspi_Key_UnloadKey(int key);

        int Tspi_Data_Seal(int encData, int key, int length, @In ByteBuffer plain, int pcrs);

        int Tspi_Data_Unseal(int encData, int key, @Out IntByReference length, @Out PointerByReference plain);

        String Trspi_Error_String(int result);

        String Trspi_Error_Layer(int result);
    }
}
