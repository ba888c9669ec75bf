package org.ecryptfsj.keymodule;

import java.util.List;
import java.util.Map;

/** Makes a new key of a module's kind. */
public interface KeyGenerator {
    /** What {@link #generate} can be given. */
    List<Parameter> parameters();

    /**
     * Makes a key and stores it where the module finds it.
     *
     * @throws KeyModuleException with the reason; nothing is stored then
     */
    GeneratedKey generate(ParameterValues values) throws KeyModuleException;

    /**
     * A key that was made.
     *
     * @param parameter the mount parameter that names it, such as {@code tspi_uuid}
     * @param value that parameter's value
     * @param bindings what it is bound to, in order: such as {@code PCR 0} to the register's 40 hex digits
     */
    record GeneratedKey(String parameter, String value, Map<String, String> bindings) {}
}
