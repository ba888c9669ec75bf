/**
 * {@code ecryptfsd}: answers the kernel's requests for file keys. {@link org.ecryptfsj.daemon.Ecryptfsd} starts, runs and ends it.
 *
 * <p>Imports between the packages go one way: this package uses all others; {@code control} uses {@code lifecycle}; both use
 * {@code request} and {@code logging}; {@code warmup} uses {@code request}; {@code archive} uses this package.
 */
package org.ecryptfsj.daemon;
