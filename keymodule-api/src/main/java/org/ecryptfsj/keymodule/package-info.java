/**
 * What a key module is, and the words every room shares: {@link org.ecryptfsj.keymodule.KeyModule} is the service a
 * third party implements and drops into the module directory; {@link org.ecryptfsj.keymodule.Secret},
 * {@link org.ecryptfsj.keymodule.Signature} and {@link org.ecryptfsj.keymodule.KeyBlob} are the values that travel.
 */
package org.ecryptfsj.keymodule;
