/** RSA keys in PEM files. */
package org.ecryptfsj.keymodule.openssl;
