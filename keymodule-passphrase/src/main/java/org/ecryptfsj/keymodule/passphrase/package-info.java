/**
 * Keys derived from a passphrase: {@link org.ecryptfsj.keymodule.passphrase.PassphraseKeyModule} finds the passphrase and
 * {@link org.ecryptfsj.keymodule.passphrase.PassphraseKdf} derives the key. The kernel encrypts file keys with it itself.
 */
package org.ecryptfsj.keymodule.passphrase;
