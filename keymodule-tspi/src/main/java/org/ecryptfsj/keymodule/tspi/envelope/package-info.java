/**
 * Envelope mode: file keys wrapped in software by a key encryption key (KEK) that the TPM keeps. {@link
 * org.ecryptfsj.keymodule.tspi.envelope.KekCache} is the way in; what seals a KEK is behind {@link
 * org.ecryptfsj.keymodule.tspi.envelope.SealingKey}, so nothing here knows of a TPM.
 */
package org.ecryptfsj.keymodule.tspi.envelope;
