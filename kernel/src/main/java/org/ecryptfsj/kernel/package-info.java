/** What the running kernel's eCryptfs can do, and the options its module is loaded with. */
package org.ecryptfsj.kernel;
