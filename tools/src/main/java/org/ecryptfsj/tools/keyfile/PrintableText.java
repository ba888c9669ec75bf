package org.ecryptfsj.tools.keyfile;

/** Text of a key file or a protector that is safe on a terminal: one line, without control characters. */
final class PrintableText {
    private PrintableText() {}

    static String of(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
