/**
 * Key files for people: {@code ecryptfs-key}, and how a person is asked for a passphrase or a recovery code, here and at the
 * mount. Start with {@link org.ecryptfsj.tools.keyfile.EcryptfsKey} and {@link org.ecryptfsj.tools.keyfile.Prompters}.
 */
package org.ecryptfsj.tools.keyfile;
