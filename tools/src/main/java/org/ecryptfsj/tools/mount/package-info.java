/** {@code mount.ecryptfs} and {@code umount.ecryptfs}: what is asked, what goes into the keyring, what mount(8) is told. */
package org.ecryptfsj.tools.mount;
