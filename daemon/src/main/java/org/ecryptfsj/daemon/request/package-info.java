/**
 * One request's way from its read to its reply. Nothing here knows processes, systemd or control sockets.
 *
 * <p>{@link org.ecryptfsj.daemon.request.RequestLoop} reads the channel, {@link org.ecryptfsj.daemon.request.RequestPipeline}
 * answers.
 */
package org.ecryptfsj.daemon.request;
