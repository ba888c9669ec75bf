package org.ecryptfsj.protector.tpm2;

import java.util.Optional;

/**
 * What tells one TPM, and one life of it, from another (docs/spec/key-file.md, section 10): names of keys, in lowercase hex digits.
 *
 * @param parent name of the storage key under which the file key is sealed
 * @param primary name of the standard key of the storage hierarchy: another one after the TPM was cleared
 * @param endorsement name of the standard key of the endorsement hierarchy: another one in another TPM; empty if that hierarchy has a
 *     password
 */
record TpmIdentity(String parent, String primary, Optional<String> endorsement) {}
