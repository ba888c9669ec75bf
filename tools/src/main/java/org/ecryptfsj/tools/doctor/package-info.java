/**
 * {@code ecryptfs-doctor}: looks at a machine, names what is wrong with it, and says which command mends it. A subject's
 * checks are one class; each {@link org.ecryptfsj.tools.doctor.Check} gives one or more {@link
 * org.ecryptfsj.tools.doctor.Finding}s, and changes nothing.
 */
package org.ecryptfsj.tools.doctor;
