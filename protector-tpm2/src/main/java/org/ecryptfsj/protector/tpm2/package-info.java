/**
 * The protector {@code tpm2}: a file key sealed by a TPM 2.0. It sends the TPM's commands itself (docs/spec/tpm2.md): the TSS
 * libraries leave what they sealed and unsealed in memory that nobody can wipe.
 */
package org.ecryptfsj.protector.tpm2;
