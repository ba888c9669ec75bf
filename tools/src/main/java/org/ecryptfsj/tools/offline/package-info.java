/**
 * Commands that read lower files without a mount: {@link org.ecryptfsj.tools.offline.EcryptfsStat}, {@link
 * org.ecryptfsj.tools.offline.EcryptfsCheck}, {@link org.ecryptfsj.tools.offline.EcryptfsCat} and {@link
 * org.ecryptfsj.tools.offline.EcryptfsDecrypt}; and {@link org.ecryptfsj.tools.offline.EcryptfsRekey}, which changes their keys. The
 * module lower implements the file format; this package finds the keys
 * ({@code OfflineKeys}), reports what it finds and writes the output.
 */
package org.ecryptfsj.tools.offline;
