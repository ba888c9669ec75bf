/**
 * What the commands for lower directories need of the machine, so that they also run where no native function can be called.
 */
package org.ecryptfsj.tools.platform;
