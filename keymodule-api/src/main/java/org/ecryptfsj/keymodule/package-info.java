/**
 * The service provider interface of key modules, and the types that all modules share: {@link
 * org.ecryptfsj.keymodule.KeyModule} is the service that a third party implements and puts into the module directory; {@link org.ecryptfsj.keymodule.Secret},
 * {@link org.ecryptfsj.keymodule.Signature} and {@link org.ecryptfsj.keymodule.KeyBlob} are its values.
 */
package org.ecryptfsj.keymodule;
