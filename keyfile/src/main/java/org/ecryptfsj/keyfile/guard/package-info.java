/**
 * Mounts whose keys only the kernel holds, as the mount helper records them for the daemon, which revokes the keys when the machine
 * leaves the state to which they are bound (docs/spec/guarded-mounts.md).
 */
package org.ecryptfsj.keyfile.guard;
