/**
 * Read access to the state and the configuration of the machine, for ecryptfs-doctor and ecryptfs-setup-tpm. Nothing
 * here writes.
 */
package org.ecryptfsj.tools.machine;
