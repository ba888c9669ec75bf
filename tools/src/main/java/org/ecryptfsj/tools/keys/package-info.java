/** Commands that make keys. */
package org.ecryptfsj.tools.keys;
