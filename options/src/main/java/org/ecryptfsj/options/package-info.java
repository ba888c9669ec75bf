/** Option lists and passphrase files: the text forms in which mount options and key parameters are given. */
package org.ecryptfsj.options;
