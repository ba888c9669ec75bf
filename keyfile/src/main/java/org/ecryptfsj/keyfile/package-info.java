/**
 * Key files (docs/spec/key-file.md): one mount key, guarded by any number of protectors.
 * {@link org.ecryptfsj.keyfile.KeyFileStore} reads and writes them, {@link org.ecryptfsj.keyfile.Unlocker} finds a protector
 * that works, {@link org.ecryptfsj.keyfile.UnlockedKeyFile} holds the mount key and changes the file.
 */
package org.ecryptfsj.keyfile;
