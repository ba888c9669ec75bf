/**
 * Lower files looked at and read without a mount: {@link org.ecryptfsj.tools.offline.EcryptfsStat}, {@link
 * org.ecryptfsj.tools.offline.EcryptfsCat} and {@link org.ecryptfsj.tools.offline.EcryptfsDecrypt}. The format is the room
 * lower's business; this package finds the keys ({@code OfflineKeys}) and writes what comes out.
 */
package org.ecryptfsj.tools.offline;
