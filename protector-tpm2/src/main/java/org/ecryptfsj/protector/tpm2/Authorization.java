package org.ecryptfsj.protector.tpm2;

/** What allows a command the use of an object, and authenticates its answer. */
interface Authorization {
    /** The empty password, for keys and hierarchies without an authorization value. Its answers are not authenticated. */
    Authorization EMPTY_PASSWORD = new Authorization() {
        private static final int PASSWORD_SESSION = 0x40000009;

        @Override
        public byte[] area(byte[] commandHash) {
            return new TpmWriter().u32(PASSWORD_SESSION).u16(0).u8(1).u16(0).bytes();
        }

        @Override
        public void verify(byte[] responseHash, TpmReader area) throws TpmException {
            area.sized();
            area.u8();
            area.sized();
            area.end();
        }
    };

    /** The authorization area of a command whose code, names and parameters have this hash. */
    byte[] area(byte[] commandHash);

    /**
     * Reads the authorization area of the answer.
     *
     * @param responseHash of its code and parameters
     * @throws TpmException MALFORMED if it is not authentic
     */
    void verify(byte[] responseHash, TpmReader area) throws TpmException;
}
