package org.ecryptfsj.tools.offline;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.lower.EncryptedName;

/** Names of temporary files that programs leave in a lower directory when they are interrupted. */
final class LeftoverName {
    /** NFS and FUSE rename an open file that is removed; rsync writes to a hidden name with six characters added. */
    private static final Pattern FORMS = Pattern.compile("\\.nfs[0-9a-f]{16,}"
            + "|\\.fuse_hidden[0-9a-f]{16,}"
            + "|\\." + Pattern.quote(EncryptedName.PREFIX) + "[-.0-9A-Za-z]+\\.[0-9A-Za-z]{6}");

    private LeftoverName() {}

    /** Whether the name is one of those. */
    static boolean is(FileName name) {
        return name.equals(DecryptionRecord.NAME)
                || PartialFiles.isReserved(name)
                || name.equals(NameRekey.PARTIAL_LINK)
                || FORMS.matcher(new String(name.bytes(), StandardCharsets.ISO_8859_1))
                        .matches();
    }
}
