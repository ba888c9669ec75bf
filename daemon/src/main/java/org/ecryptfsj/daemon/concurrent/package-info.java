/**
 * Threads of the daemon.
 */
package org.ecryptfsj.daemon.concurrent;
