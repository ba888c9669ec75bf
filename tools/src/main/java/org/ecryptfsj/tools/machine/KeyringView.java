package org.ecryptfsj.tools.machine;

import java.util.OptionalInt;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.Keyctl;
import org.ecryptfsj.linux.LinuxException;

/** The keyrings of whoever looks. */
public interface KeyringView {
    /** Whether what is in the user keyring is found from this session. */
    boolean isUserKeyringInSession() throws LinuxException;

    /** Whether the user keyring has a usable key of that signature. */
    boolean has(Signature signature) throws LinuxException;

    /** Those of this process. */
    static KeyringView ofThisProcess() {
        return new KeyringView() {
            @Override
            public boolean isUserKeyringInSession() throws LinuxException {
                OptionalInt found = Keyctl.search(
                        Keyctl.SESSION_KEYRING, "keyring", "_uid." + Integer.toUnsignedString(Account.realUid()));
                return found.isPresent();
            }

            @Override
            public boolean has(Signature signature) throws LinuxException {
                return new UserKeyring().hasUsable(signature);
            }
        };
    }
}
