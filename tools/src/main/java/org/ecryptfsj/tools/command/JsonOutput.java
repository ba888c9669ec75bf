package org.ecryptfsj.tools.command;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.util.Map;

/** Output of {@code --json}, for scripts. */
public final class JsonOutput {
    private JsonOutput() {}

    /** Prints one object as a line on standard output, its members in the map's order. */
    public static void print(Map<String, Object> object) throws IOException {
        System.out.println(JSON.std.asString(object));
    }
}
