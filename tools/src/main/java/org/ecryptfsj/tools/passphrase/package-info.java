/**
 * The commands that make keys of passphrases and keep passphrases wrapped in files (docs/spec/tools.md and auth-tok.md, sections 2,
 * 3 and 7).
 *
 * <p>A passphrase is bytes, not characters: it comes in as a {@link org.ecryptfsj.keymodule.Secret} and goes out as raw bytes.
 * The two forms a wrapped passphrase ever had on disk are {@link org.ecryptfsj.tools.passphrase.WrappedPassphraseV1} and {@link
 * org.ecryptfsj.tools.passphrase.WrappedPassphraseV2}.
 */
package org.ecryptfsj.tools.passphrase;
