/**
 * What a user reads and completes: man pages, the shell commands' help texts, completion for bash and zsh. All is made
 * at build time of the commands' grammars; nothing of this room runs on a user's machine. {@link
 * org.ecryptfsj.manual.Catalogue} knows the commands, {@link org.ecryptfsj.manual.Manual} writes.
 */
package org.ecryptfsj.manual;
