/**
 * The path of a request, from its read to its reply. Independent of processes, systemd and control sockets.
 *
 * <p>{@link org.ecryptfsj.daemon.request.RequestLoop} reads the channel, {@link org.ecryptfsj.daemon.request.RequestPipeline}
 * answers.
 */
package org.ecryptfsj.daemon.request;
