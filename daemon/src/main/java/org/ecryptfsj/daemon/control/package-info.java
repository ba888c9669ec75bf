/**
 * The control socket, its commands and the status, and {@code ecryptfsctl}, which is the client.
 */
package org.ecryptfsj.daemon.control;
