package org.ecryptfsj.daemon.request;

import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.netlink.Request;

/**
 * What a request asks of which key module.
 *
 * @param request to be answered
 * @param token from the keyring; closed with this
 * @param module named by the token
 */
record KeyOperation(Request request, AuthTok.PrivateKey token, KeyModule module) implements AutoCloseable {
    /**
     * Does the work if the module needs to wait for nothing.
     *
     * @return empty if the module would have to wait
     */
    Optional<Outcome> tryNow() throws KeyModuleException {
        if (request instanceof Request.Tag64Request open) {
            return module.unwrapAtOnce(token.blob(), open.encryptedKey().bytes())
                    .map(Outcome::decrypted);
        }
        if (request instanceof Request.Tag66Request create) {
            return module.wrapAtOnce(token.blob(), create.payload()).map(Outcome::encrypted);
        }
        return Optional.empty();
    }

    /** Does the work, however long the module takes. */
    Outcome run() throws KeyModuleException {
        if (request instanceof Request.Tag64Request open) {
            return Outcome.decrypted(
                    module.unwrap(token.blob(), open.encryptedKey().bytes()));
        }
        if (request instanceof Request.Tag66Request create) {
            return Outcome.encrypted(module.wrap(token.blob(), create.payload()));
        }
        throw new IllegalStateException("malformed request has no operation");
    }

    @Override
    public void close() {
        token.close();
    }
}
