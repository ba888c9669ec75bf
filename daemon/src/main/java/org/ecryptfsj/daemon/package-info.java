/**
 * {@code ecryptfsd}: the kernel asks about a file's key, the daemon finds the key module that holds the answer and replies,
 * always and in time.
 *
 * <p>{@link org.ecryptfsj.daemon.Ecryptfsd} starts and ends it, {@link org.ecryptfsj.daemon.RequestLoop} reads the channel,
 * {@link org.ecryptfsj.daemon.RequestPipeline} answers. {@link org.ecryptfsj.daemon.Ecryptfsctl} talks to it over
 * {@link org.ecryptfsj.daemon.ControlSocket}.
 */
package org.ecryptfsj.daemon;
