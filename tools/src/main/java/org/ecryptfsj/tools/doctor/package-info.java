/**
 * {@code ecryptfs-doctor}: checks the configuration of a machine and prints for each problem the command that corrects
 * it. The checks of one subject are one class. Each {@link org.ecryptfsj.tools.doctor.Check} returns one or more
 * {@link org.ecryptfsj.tools.doctor.Finding}s and changes nothing.
 */
package org.ecryptfsj.tools.doctor;
