/**
 * Generates the man pages, the help texts of the shell scripts and the completion for bash and zsh from the commands'
 * grammars. It runs at build time only. {@link org.ecryptfsj.manual.CommandCatalogue} lists the commands, {@link
 * org.ecryptfsj.manual.ManualGenerator} writes the files.
 *
 * <p>Bash completion comes from picocli. Picocli's own manual page generator is not used: it writes AsciiDoc, which needs a
 * second tool (Asciidoctor) to become a man page, and it has no sections for files, environment, examples and references;
 * picocli also has no native completion for zsh.
 */
package org.ecryptfsj.manual;
