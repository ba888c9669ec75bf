/**
 * Training of the JVM's class-data archive, which shortens the start.
 */
package org.ecryptfsj.daemon.archive;
