package org.ecryptfsj.tools.machine;

import org.ecryptfsj.keymodule.Signature;

/**
 * Keyrings that are said to be so.
 *
 * @param isUserKeyringInSession whether it is linked
 * @param hasAll whether every key is there
 */
public record FakeKeyringView(boolean isUserKeyringInSession, boolean hasAll) implements KeyringView {
    @Override
    public boolean has(Signature signature) {
        return hasAll;
    }
}
