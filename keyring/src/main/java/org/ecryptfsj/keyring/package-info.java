/**
 * The kernel's keyrings: only here is a key's payload parsed into an {@link org.ecryptfsj.keyring.AuthTok}.
 *
 * <p>Start at {@link org.ecryptfsj.keyring.UserKeyring}. Payloads pass through locked memory only.
 */
package org.ecryptfsj.keyring;
