package org.ecryptfsj.tools.machine;

import java.util.OptionalInt;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.Keyctl;
import org.ecryptfsj.linux.LinuxException;

/** Read access to the keyrings of a user and a session. */
public interface KeyringView {
    /** Whether the user keyring is linked into the session keyring, so that its keys are found from this session. */
    boolean isUserKeyringInSession() throws LinuxException;

    /** Whether the user keyring has a usable key with this signature. */
    boolean has(Signature signature) throws LinuxException;

    /** The keyrings of this process. */
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
