/**
 * The daemon's log, which never blocks the thread that logs.
 */
package org.ecryptfsj.daemon.logging;
