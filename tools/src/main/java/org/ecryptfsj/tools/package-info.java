/**
 * The commands an eCryptfs user types. {@link org.ecryptfsj.tools.Launcher} starts the one named by its first argument;
 * each is a {@link org.ecryptfsj.tools.Command}. Key modules are met through the key module interface only.
 */
package org.ecryptfsj.tools;
