/** The format of lower files and names, read without the kernel. */
package org.ecryptfsj.lower;
