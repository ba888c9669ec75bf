/** The commands for lower directories as one jar, for machines with nothing but Java: no native function is called. */
package org.ecryptfsj.rescue;
