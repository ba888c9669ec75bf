/**
 * What every command is made of: its {@link org.ecryptfsj.tools.command.Grammar}, the {@link
 * org.ecryptfsj.tools.command.Terminal} it asks at, the key modules, and how it fails.
 */
package org.ecryptfsj.tools.command;
