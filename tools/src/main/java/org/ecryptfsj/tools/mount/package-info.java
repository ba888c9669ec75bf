/**
 * {@code mount.ecryptfs} and {@code umount.ecryptfs}: the questions, the keys in the keyring and the call of mount(8).
 */
package org.ecryptfsj.tools.mount;
