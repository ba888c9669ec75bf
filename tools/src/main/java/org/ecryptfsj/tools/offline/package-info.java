/**
 * Commands that read lower files without a mount: {@link org.ecryptfsj.tools.offline.EcryptfsStat}, {@link
 * org.ecryptfsj.tools.offline.EcryptfsCheck}, {@link org.ecryptfsj.tools.offline.EcryptfsCat} and {@link
 * org.ecryptfsj.tools.offline.EcryptfsDecrypt}; and {@link org.ecryptfsj.tools.offline.EcryptfsRekey}, which changes their keys. The
 * module lower implements the file format; this package finds the keys
 * ({@code OfflineKeys}), reports what it finds and writes the output.
 *
 * <p>One thread walks a tree, looks for keys, gives outputs their names, records and reports, in the order of the walk. In between,
 * files are read, decrypted and written on several threads ({@code OrderedTasks}, {@code ContentReader}).
 */
package org.ecryptfsj.tools.offline;
