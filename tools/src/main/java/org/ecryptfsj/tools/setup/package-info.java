/**
 * {@code ecryptfs-setup-tpm}: from a machine with a TPM to a directory that is protected by it and mounted at every boot. A
 * {@link org.ecryptfsj.tools.setup.SetupStep} changes one thing, and what was done is written to a {@link
 * org.ecryptfsj.tools.setup.UndoLog} at once, as {@link org.ecryptfsj.tools.setup.UndoEntry}s, from which it is taken back.
 */
package org.ecryptfsj.tools.setup;
