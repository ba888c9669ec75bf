package org.ecryptfsj.keymodule;

import java.util.List;
import java.util.Map;

/** Creates new keys for a module. */
public interface KeyGenerator {
    /** The parameters of {@link #generate}. */
    List<Parameter> parameters();

    /**
     * Creates a key and stores it where the module finds it.
     *
     * @throws KeyModuleException if that fails; nothing is stored then
     */
    GeneratedKey generate(ParameterValues values) throws KeyModuleException;

    /**
     * A new key.
     *
     * @param parameter the mount parameter that names it, such as {@code tspi_uuid}
     * @param value that parameter's value
     * @param bindings the registers it is bound to with their values, in order: such as {@code PCR 0} to the register's 40 hex digits
     */
    record GeneratedKey(String parameter, String value, Map<String, String> bindings) {}
}
