package org.ecryptfsj.keymodule;

import java.util.List;
import java.util.Map;

/** Makes a new key of a module's kind. */
public interface KeyGenerator {
    /**
     * The parameters of {@link #generate}.
     *
     * @return the parameters, in the order of their prompts
     */
    List<Parameter> parameters();

    /**
     * Makes a key and stores it where the module finds it.
     *
     * @param values values of the parameters; owned by the caller
     * @return the name of the new key
     * @throws KeyModuleException with the reason; then nothing is stored
     */
    GeneratedKey generate(ParameterValues values) throws KeyModuleException;

    /**
     * A new key.
     *
     * @param parameter mount parameter that names the key, such as {@code tspi_uuid}
     * @param value value of that parameter
     * @param bindings the state to which the key is bound, in order: for example {@code PCR 0} and the register's 40 hex digits
     */
    record GeneratedKey(String parameter, String value, Map<String, String> bindings) {}
}
