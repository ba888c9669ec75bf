package org.ecryptfsj.keymodule.tspi;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Something that is made when it is first used: most commands ask a module only for its parameters.
 *
 * @param <T> what is made
 */
final class OnFirstUse<T> {
    private final Supplier<T> maker;
    private Optional<T> made = Optional.empty();

    /** @param maker called once at most */
    OnFirstUse(Supplier<T> maker) {
        this.maker = maker;
    }

    synchronized T get() {
        if (made.isEmpty()) {
            made = Optional.of(maker.get());
        }
        return made.get();
    }

    /** Empty if it was not used yet. */
    synchronized Optional<T> ifUsed() {
        return made;
    }
}
