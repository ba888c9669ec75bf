/**
 * What can be seen of the machine this runs on, read below a root directory, and what is configured on it: for the programs
 * that examine a machine or set one up. Nothing here changes anything.
 */
package org.ecryptfsj.tools.machine;
