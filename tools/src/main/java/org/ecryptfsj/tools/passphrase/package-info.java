/**
 * The commands that derive keys from passphrases and that wrap passphrases in files (docs/spec/tools.md and
 * auth-tok.md, sections 2, 3 and 7).
 *
 * <p>A passphrase is a sequence of bytes, not of characters: input is a {@link org.ecryptfsj.keymodule.Secret}, output
 * is raw bytes. The two versions of the file format are {@link org.ecryptfsj.tools.passphrase.WrappedPassphraseV1} and
 * {@link org.ecryptfsj.tools.passphrase.WrappedPassphraseV2}.
 */
package org.ecryptfsj.tools.passphrase;
