/**
 * The daemon's process: its start and end, the supervisor that restarts it, recovery of the channel and of requests in flight, the
 * watchdog, signals, privileges and the pid file.
 */
package org.ecryptfsj.daemon.lifecycle;
