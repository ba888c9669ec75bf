/**
 * Envelope mode: file keys wrapped in software by a key encryption key (KEK) that the TPM seals. {@link
 * org.ecryptfsj.keymodule.tspi.envelope.KekCache} wraps and unwraps; the TPM is hidden behind {@link
 * org.ecryptfsj.keymodule.tspi.envelope.SealingKey}.
 */
package org.ecryptfsj.keymodule.tspi.envelope;
