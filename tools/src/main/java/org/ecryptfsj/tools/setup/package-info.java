/**
 * {@code ecryptfs-setup-tpm}: sets up a directory that is protected by a TPM key and mounted at every boot. A {@link
 * org.ecryptfsj.tools.setup.SetupStep} records each change in the {@link org.ecryptfsj.tools.setup.UndoLog} before it
 * makes it; {@link org.ecryptfsj.tools.setup.Rollback} undoes the changes.
 */
package org.ecryptfsj.tools.setup;
