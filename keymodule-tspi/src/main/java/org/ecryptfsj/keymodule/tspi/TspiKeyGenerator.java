package org.ecryptfsj.keymodule.tspi;

import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ecryptfsj.keymodule.KeyGenerator;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;

/**
 * Creates TPM keys: 2048-bit storage keys below the SRK, bound to the present values of PCRs, registered in the user's key
 * storage (docs/spec/tspi.md, section 2). The parameter {@code pcr}, a PCR's number, is given once for each PCR; without
 * it the key is bound to none. The parameter {@code tspi_uuid} names the key; without it the TPM generates a random name.
 */
final class TspiKeyGenerator implements KeyGenerator {
    private static final String PCR_PARAMETER = "pcr";
    private static final String UUID_PARAMETER = "tspi_uuid";
    private static final int MAX_PCRS = 24;
    private static final List<Parameter> PARAMETERS =
            List.of(Parameter.optional(PCR_PARAMETER).repeated());

    private final TpmExecutor executor;

    TspiKeyGenerator(TpmExecutor executor) {
        this.executor = executor;
    }

    @Override
    public List<Parameter> parameters() {
        return PARAMETERS;
    }

    /**
     * Creates a key.
     *
     * @return named by {@code tspi_uuid}, with the values of its PCRs
     * @throws KeyModuleException with the failed call in its message and the TSS result as its code
     */
    @Override
    public GeneratedKey generate(ParameterValues values) throws KeyModuleException {
        Optional<String> uuid = values.text(UUID_PARAMETER);
        Optional<KeyUuid> name =
                uuid.isPresent() ? Optional.of(KeyUuid.parse(UUID_PARAMETER, uuid.get())) : Optional.empty();
        return executor.run(new TpmTask.Generate(registers(values.texts(PCR_PARAMETER)), name));
    }

    /**
     * The numbers of PCRs.
     *
     * @throws KeyModuleException BAD_PARAMETER if one is no number, or there are too many
     */
    static SortedSet<Integer> registers(List<String> texts) throws KeyModuleException {
        if (texts.size() > MAX_PCRS) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    texts.size() + " PCRs were given; a key can be bound to " + MAX_PCRS + " at most",
                    "Give each PCR once.");
        }
        SortedSet<Integer> registers = new TreeSet<>();
        for (String text : texts) {
            if (!text.matches("[0-9]{1,4}")) {
                throw new KeyModuleException(
                        Reason.BAD_PARAMETER,
                        text + ": invalid PCR register. A PCR register is a number from 0",
                        "Give the number of a PCR.");
            }
            registers.add(Integer.parseInt(text));
        }
        return registers;
    }
}
