/**
 * Keys of a TPM 1.2, through TrouSerS (libtspi and tcsd). Open {@link org.ecryptfsj.keymodule.tspi.TspiKeyModule} first.
 *
 * <p>From the top: {@code TspiKeyModule} and {@code TspiKeyGenerator} make a {@code TpmTask} of what they are asked;
 * {@code TpmExecutor}, the only thread that ever calls libtspi, runs one task after the other against the {@code TpmSession},
 * which keeps a {@code TspiContext} with the loaded keys and replaces it when it has gone stale. The lane seals and unseals
 * whatever it is given; that it is given file keys is known to {@code TspiKeyModule} only.
 */
package org.ecryptfsj.keymodule.tspi;
