/**
 * The service provider interface for key modules. A third party implements {@link org.ecryptfsj.keymodule.KeyModule} and puts
 * the jar into the module directory; docs/key-modules.md shows how. {@link org.ecryptfsj.keymodule.Secret}, {@link
 * org.ecryptfsj.keymodule.Signature} and {@link org.ecryptfsj.keymodule.KeyBlob} are the types that all modules share.
 */
package org.ecryptfsj.keymodule;
