package org.ecryptfsj.protector.tpm2.eventlog;

import java.util.Objects;

/**
 * An event as it was measured into one bank.
 *
 * @param digest what extended the PCR, in lowercase hex digits
 * @param type its number; {@link EventType#of} knows many of them
 * @param name what was measured, as short text; empty if the log does not say
 */
public record MeasuredEvent(String digest, int type, String name) {
    /** @throws NullPointerException if a component is null */
    public MeasuredEvent {
        Objects.requireNonNull(digest);
        Objects.requireNonNull(name);
    }

    /** Whether both are about the same thing, such as the same variable or the same file. */
    boolean isAboutTheSame(MeasuredEvent other) {
        return type == other.type && subject().equals(other.subject());
    }

    /** The name without the value of a variable of one byte. */
    String subject() {
        return hasValue() ? name.substring(0, name.lastIndexOf('=')) : name;
    }

    /** The value of a variable of one byte, two hex digits. */
    String value() {
        return name.substring(name.lastIndexOf('=') + 1);
    }

    /** Whether the name says the value of a variable. */
    boolean hasValue() {
        return EventType.of(type).filter(EventType::isVariable).isPresent() && name.matches(".+=[0-9a-f]{2}");
    }
}
