package org.ecryptfsj.tools.doctor;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** A result of a check.
 *
 * @param check the check's name
 * @param verdict the assessment
 * @param what the state, as a sentence without a full stop
 * @param cause the cause or the consequence; empty if there is no problem
 * @param fix the command that corrects it; empty if there is no problem
 */
public record Finding(String check, Verdict verdict, String what, String cause, String fix) {
    /** The assessment of a state. */
    public enum Verdict {
        /** No problem. */
        OK,
        /** Works, but could be faster or safer. */
        WARNING,
        /** Does not work, or can disclose secrets. */
        PROBLEM,
        /** Not checked, because a precondition is missing. */
        SKIPPED;

        /** The text in the output. */
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

    /** Whether the verdict is a problem. */
    public boolean isProblem() {
        return verdict == Verdict.PROBLEM;
    }

    /** The members of the JSON output. */
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
