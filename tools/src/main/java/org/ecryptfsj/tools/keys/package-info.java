/**
 * Keys of mounts: the choice of a key module and its parameters, tokens in the keyring, and the commands that create
 * keys.
 */
package org.ecryptfsj.tools.keys;
