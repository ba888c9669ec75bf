package org.ecryptfsj.tools.doctor;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a check found.
 *
 * @param check the check's name
 * @param verdict how it is
 * @param what the state found, a sentence without its stop
 * @param cause what follows from it, or why it is so; empty if all is well
 * @param fix the command that mends it; empty if there is nothing to mend
 */
public record Finding(String check, Verdict verdict, String what, String cause, String fix) {
    /** How good or bad it is. */
    public enum Verdict {
        /** As it should be. */
        OK,
        /** Works, but not as well or as safely as it could. */
        WARNING,
        /** Does not work, or gives away what should be secret. */
        PROBLEM,
        /** Could not be looked at, because of something that another check names. */
        SKIPPED;

        /** As it is printed. */
        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** @throws NullPointerException if a component is null */
    public Finding {
        Objects.requireNonNull(check);
        Objects.requireNonNull(verdict);
        Objects.requireNonNull(what);
        Objects.requireNonNull(cause);
        Objects.requireNonNull(fix);
    }

    static Finding ok(String check, String what) {
        return new Finding(check, Verdict.OK, what, "", "");
    }

    static Finding skipped(String check, String why) {
        return new Finding(check, Verdict.SKIPPED, why, "", "");
    }

    static Finding warning(String check, String what, String cause, String fix) {
        return new Finding(check, Verdict.WARNING, what, cause, fix);
    }

    static Finding problem(String check, String what, String cause, String fix) {
        return new Finding(check, Verdict.PROBLEM, what, cause, fix);
    }

    /** Whether it is one. */
    public boolean isProblem() {
        return verdict == Verdict.PROBLEM;
    }

    /** For {@code --json}. */
    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("check", check);
        json.put("verdict", verdict.label());
        json.put("what", what);
        if (!cause.isEmpty()) {
            json.put("cause", cause);
        }
        if (!fix.isEmpty()) {
            json.put("fix", fix);
        }
        return json;
    }
}
