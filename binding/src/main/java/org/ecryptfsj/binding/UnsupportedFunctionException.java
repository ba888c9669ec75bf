package org.ecryptfsj.binding;

import javax.lang.model.element.Element;

/** A function that cannot be bound, for the person who declared it. */
final class UnsupportedFunctionException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Element element;

    UnsupportedFunctionException(String message, Element element) {
        super(message);
        this.element = element;
    }

    /** What the compiler points to. */
    Element element() {
        return element;
    }
}
