/** Features of the running kernel's eCryptfs, and the options of its module. */
package org.ecryptfsj.kernel;
