/** The training run for the JVM's class-data archive, which halves the start time of the commands. */
package org.ecryptfsj.tools.startup;
