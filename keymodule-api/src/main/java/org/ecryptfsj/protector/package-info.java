/**
 * How the file key of a key file is guarded (docs/spec/key-file.md, section 4): {@link org.ecryptfsj.protector.Protector} is
 * the service that a third party implements and puts into the module directory;
 * {@link org.ecryptfsj.protector.JsonObject} is what it keeps in the key file, and
 * {@link org.ecryptfsj.protector.Prompter} asks a person for it.
 */
package org.ecryptfsj.protector;
