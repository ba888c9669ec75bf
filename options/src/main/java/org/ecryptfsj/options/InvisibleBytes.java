package org.ecryptfsj.options;

import java.nio.ByteBuffer;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;

/** Bytes of a value that an editor does not show: blanks at its ends, and control characters. */
final class InvisibleBytes {
    private static final byte NO_BREAK_FIRST = (byte) 0xc2;
    private static final byte NO_BREAK_SECOND = (byte) 0xa0;

    private InvisibleBytes() {}

    /**
     * Refuses a value that contains such bytes.
     *
     * @param what the name of the value in messages
     * @param line its line number
     * @param where the file's name
     * @param alternative another thing to do, appended to the advice
     * @throws KeyModuleException BAD_PARAMETER
     */
    static void refuse(Secret value, String what, int line, String where, String alternative)
            throws KeyModuleException {
        ByteBuffer bytes = value.buffer();
        String place = " in line " + line + " of " + where;
        int last = bytes.limit() - 1;
        for (int i = bytes.position(); i <= last; i++) {
            if (i == last && bytes.get(i) == '\r') {
                throw refused(
                        what + place + " ends with CR: the file has Windows line ends (CR LF)",
                        "Save it with Unix line ends, or remove each CR with tr -d '\\r'." + alternative);
            }
            if (isControl(bytes.get(i)) && !(bytes.get(i) == '\t' && i == last)) {
                throw refused(
                        what + place + " contains a control character with code " + Byte.toUnsignedInt(bytes.get(i)),
                        "Remove it." + alternative);
            }
        }
        if (last >= bytes.position() && (isBlank(bytes.get(last)) || endsWithNoBreakSpace(bytes))) {
            throw refused(what + place + " ends with a blank", "Remove the blank." + alternative);
        }
        if (last >= bytes.position() && isBlank(bytes.get(bytes.position()))) {
            throw refused(what + place + " begins with a blank", "Remove the blank." + alternative);
        }
    }

    private static boolean isControl(byte b) {
        return (b >= 0 && b < ' ') || b == 0x7f;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static boolean endsWithNoBreakSpace(ByteBuffer bytes) {
        int end = bytes.limit();
        return bytes.remaining() >= 2 && bytes.get(end - 2) == NO_BREAK_FIRST && bytes.get(end - 1) == NO_BREAK_SECOND;
    }

    private static KeyModuleException refused(String message, String advice) {
        return new KeyModuleException(Reason.BAD_PARAMETER, message, advice);
    }
}
