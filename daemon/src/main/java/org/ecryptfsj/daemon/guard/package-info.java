/**
 * The guard: watches the mounts whose keys only the kernel holds, and revokes the keys when the machine leaves the state to which
 * they are bound, or on a command. {@link org.ecryptfsj.daemon.guard.Guard} is what the rest of the daemon sees.
 */
package org.ecryptfsj.daemon.guard;
