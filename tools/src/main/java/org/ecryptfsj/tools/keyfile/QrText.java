package org.ecryptfsj.tools.keyfile;

import io.nayuki.qrcodegen.QrCode;
import io.nayuki.qrcodegen.QrSegment;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.ecryptfsj.keymodule.Secret;

/** A QR code as lines of text for a terminal: black on white, two rows of modules in a line. */
final class QrText {
    /** ISO/IEC 18004, section 6.3.8: a margin of four modules. */
    private static final int MARGIN = 4;

    private static final String BLACK_ON_WHITE = "\u001b[38;5;16;48;5;231m";
    private static final String RESET = "\u001b[0m";

    private QrText() {}

    /** @param text capital letters, digits and dashes */
    static String of(Secret text) {
        CharBuffer characters = StandardCharsets.US_ASCII.decode(text.buffer());
        try {
            return lines(QrCode.encodeSegments(List.of(QrSegment.makeAlphanumeric(characters)), QrCode.Ecc.MEDIUM));
        } finally {
            Arrays.fill(characters.array(), '\0');
        }
    }

    private static String lines(QrCode code) {
        StringBuilder lines = new StringBuilder();
        for (int y = -MARGIN; y < code.size + MARGIN; y += 2) {
            lines.append(BLACK_ON_WHITE);
            for (int x = -MARGIN; x < code.size + MARGIN; x++) {
                lines.append(pair(code.getModule(x, y), code.getModule(x, y + 1)));
            }
            lines.append(RESET).append('\n');
        }
        return lines.toString();
    }

    private static char pair(boolean upper, boolean lower) {
        if (upper) {
            return lower ? '\u2588' : '\u2580';
        }
        return lower ? '\u2584' : ' ';
    }
}
