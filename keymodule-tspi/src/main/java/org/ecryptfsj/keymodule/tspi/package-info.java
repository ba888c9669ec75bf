/**
 * Keys of a TPM 1.2, through TrouSerS (libtspi and tcsd). Start at {@link org.ecryptfsj.keymodule.tspi.TspiKeyModule}.
 *
 * <p>{@code TspiKeyModule}, {@code TspiKeyGenerator} and {@code TspiProtector} create a {@code TpmTask} for each call.
 * {@code TpmExecutor}, whose thread alone calls libtspi, runs one task after the other on the {@code TpmSession}, which keeps a
 * {@code TspiContext} with the loaded keys and replaces it when it is stale. The executor seals and unseals any bytes; only the
 * module and the protector know which keys they are.
 */
package org.ecryptfsj.keymodule.tspi;
