/**
 * Compilation of the request path before the first request.
 */
package org.ecryptfsj.daemon.warmup;
