/**
 * The command line tools of eCryptfs. {@link org.ecryptfsj.tools.Launcher} starts the command that its first argument
 * names; each is a {@link org.ecryptfsj.tools.command.Command}. The tools use key modules through the key module
 * interface only.
 */
package org.ecryptfsj.tools;
