/**
 * The door to the kernel's keyrings: a payload becomes an {@link org.ecryptfsj.keyring.AuthTok} here and nowhere else.
 *
 * <p>Start at {@link org.ecryptfsj.keyring.UserKeyring}. Payloads pass through locked memory only.
 */
package org.ecryptfsj.keyring;
