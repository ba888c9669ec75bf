/**
 * Keys made of a passphrase: {@link org.ecryptfsj.keymodule.passphrase.PassphraseKeyModule} finds the passphrase and
 * {@link org.ecryptfsj.keymodule.passphrase.PassphraseKdf} makes the key. The kernel does the rest, so this module never
 * wraps a file key.
 */
package org.ecryptfsj.keymodule.passphrase;
