package org.ecryptfsj.protector.tpm2;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.Digest;
import org.ecryptfsj.protector.tpm2.TpmConnection.Answer;
import org.ecryptfsj.protector.tpm2.TpmConnection.Used;

/**
 * A TPM 2.0 and the commands that are used of it (docs/spec/tpm2.md). What it loads is removed again, in the end by {@link #close},
 * because a TPM without a resource manager has room for three objects. For one thread.
 */
final class Tpm implements AutoCloseable {
    private static final int NULL_HANDLE = 0x40000007;
    private static final int RSASSA = 0x0014;
    private static final int VERIFIED_TICKET = 0x8022;
    private static final int AES = 0x0006;
    private static final int CFB = 0x0043;
    private static final int SHA256 = 0x000b;
    private static final int CAPABILITY_PCRS = 5;
    private static final int CAPABILITY_PROPERTIES = 6;
    private static final int MOST_PROPERTIES = 64;

    private final TpmConnection connection;
    private final SessionKeys keys = new SessionKeys();

    /** Takes over the connection. */
    Tpm(TpmConnection connection) {
        this.connection = connection;
    }

    /** A hierarchy of keys, each of which grows from a seed of its own. */
    enum Hierarchy {
        /** Its seed is made anew when the TPM is cleared. */
        STORAGE(0x40000001),
        /** Its seed stays as long as the TPM. */
        ENDORSEMENT(0x4000000b);

        private final int handle;

        Hierarchy(int handle) {
            this.handle = handle;
        }
    }

    /** What a session is for. */
    enum SessionType {
        /** Use of an object with its authorization value. */
        HMAC(0),
        /** Use of an object by its policy. */
        POLICY(1);

        private final int code;

        SessionType(int code) {
            this.code = code;
        }
    }

    /**
     * Connects.
     *
     * @param limit for all that is done with it
     * @return closed by the caller
     * @throws TpmException UNREACHABLE
     */
    static Tpm connect(TpmAddress address, Duration limit) throws TpmException {
        return new Tpm(TpmConnection.open(address, limit));
    }

    /** The public area of the object with a handle: a TPMT_PUBLIC; empty if there is none. */
    Optional<byte[]> publicArea(int handle) throws TpmException {
        try {
            TpmReader answer = connection.send(
                    TpmCommand.READ_PUBLIC, new TpmWriter().u32(handle).bytes());
            return Optional.of(answer.sized());
        } catch (TpmException e) {
            if (e.is(ResponseCode.HANDLE)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * Makes the standard storage key of a hierarchy: always the same one, as long as the seed is the same.
     *
     * @return closed by the caller
     */
    LoadedStorageKey createPrimary(Hierarchy hierarchy) throws TpmException {
        byte[] parameters = new TpmWriter()
                .sized(new byte[2 * Short.BYTES])
                .sized(StorageKey.template())
                .u16(0)
                .u32(0)
                .bytes();
        Answer answer = connection.send(
                TpmCommand.CREATE_PRIMARY,
                Used.hierarchy(hierarchy.handle),
                Authorization.EMPTY_PASSWORD,
                parameters,
                true);
        StorageKey key = StorageKey.parse(answer.parameters().sized())
                .orElseThrow(() -> TpmException.malformed("its primary key is of another kind"));
        return new LoadedStorageKey(TpmObject.loaded(this, answer.handle(), key.name()), key);
    }

    /**
     * Starts a session whose salt only the TPM with this storage key can read.
     *
     * @param authorization value of the object that is to be used, may be empty; stays the caller's
     * @return closed by the caller
     */
    TpmSession startSession(SessionType type, LoadedStorageKey saltKey, Secret authorization) throws TpmException {
        byte[] nonce = TpmSession.nonce();
        try (SessionSalt salt = SessionSalt.of(saltKey.key(), keys)) {
            byte[] body = new TpmWriter()
                    .u32(saltKey.object().handle())
                    .u32(NULL_HANDLE)
                    .sized(nonce)
                    .sized(salt.encrypted())
                    .u8(type.code)
                    .u16(AES)
                    .u16(128)
                    .u16(CFB)
                    .u16(SHA256)
                    .bytes();
            TpmReader answer = connection.send(TpmCommand.START_AUTH_SESSION, body);
            int handle = answer.u32();
            byte[] tpmNonce = answer.sized();
            answer.end();
            return TpmSession.started(this, handle, keys, salt.value(), authorization, nonce, tpmNonce);
        }
    }

    /**
     * Seals a secret.
     *
     * @param session an HMAC session without authorization value
     * @param pin authorization value of the sealed object, may be empty; stays the caller's
     * @param payload stays the caller's
     */
    SealedObject seal(LoadedStorageKey parent, TpmSession session, SealingPolicy policy, Secret pin, Secret payload)
            throws TpmException {
        byte[] encrypted;
        try (Secret sensitive = Secret.allocate(2 * Short.BYTES + pin.size() + payload.size())) {
            ByteBuffer behindPin = pin.writeTo(sensitive.buffer().putShort((short) pin.size()));
            payload.writeTo(behindPin.putShort((short) payload.size()));
            encrypted = session.encrypt(sensitive);
        }
        byte[] template =
                new TpmWriter().raw(SealedObject.template(policy)).u16(0).bytes();
        byte[] parameters =
                new TpmWriter().sized(encrypted).sized(template).u16(0).u32(0).bytes();
        TpmReader answer = connection
                .send(TpmCommand.CREATE, Used.of(parent.object()), session, parameters, false)
                .parameters();
        try (Secret area = session.decrypt(answer.sized())) {
            byte[] privateArea =
                    area.onHeap(bytes -> new TpmWriter().sized(bytes).bytes());
            return new SealedObject(new TpmWriter().sized(answer.sized()).bytes(), privateArea);
        }
    }

    /**
     * Loads a sealed object.
     *
     * @return closed by the caller
     * @throws TpmException REFUSED with INTEGRITY if this storage key did not encrypt it
     */
    TpmObject load(LoadedStorageKey parent, SealedObject sealed) throws TpmException {
        byte[] parameters = new TpmWriter()
                .raw(sealed.privateArea())
                .raw(sealed.publicArea())
                .bytes();
        Answer answer = connection.send(
                TpmCommand.LOAD, Used.of(parent.object()), Authorization.EMPTY_PASSWORD, parameters, true);
        TpmObject object = TpmObject.loaded(this, answer.handle(), sealed.name());
        if (!Arrays.equals(answer.parameters().sized(), object.name())) {
            object.close();
            throw TpmException.malformed("it loaded another object");
        }
        return object;
    }

    /**
     * Shows the TPM that a policy is fulfilled.
     *
     * @param approval of the PCRs whose values must be signed; there if the policy has such PCRs
     * @param session a policy session
     * @throws TpmException REFUSED with VALUE if PCRs have other values
     */
    void fulfil(SealingPolicy policy, Optional<PcrApproval> approval, TpmSession session) throws TpmException {
        if (policy.signed().isPresent()) {
            authorize(approval.orElseThrow(), session);
        }
        if (!policy.pcrs().isEmpty()) {
            fulfilPcrs(policy, session);
        }
        if (policy.resets().isPresent()) {
            for (ResetCondition condition : ResetCondition.of(policy.resets().get())) {
                condition(TpmCommand.POLICY_COUNTER_TIMER, session, condition.parameters());
            }
        }
        if (policy.pin()) {
            condition(TpmCommand.POLICY_AUTH_VALUE, session, new byte[0]);
        }
    }

    private void fulfilPcrs(SealingPolicy policy, TpmSession session) throws TpmException {
        byte[] parameters = new TpmWriter()
                .sized(policy.pcrDigest())
                .raw(policy.selection().bytes())
                .bytes();
        condition(TpmCommand.POLICY_PCR, session, parameters);
    }

    private void condition(TpmCommand command, TpmSession session, byte[] parameters) throws TpmException {
        byte[] body = new TpmWriter().u32(session.handle()).raw(parameters).bytes();
        connection.send(command, body).end();
    }

    /** What the session has shown so far counts as if the owner of the key had made the policy. */
    private void authorize(PcrApproval approval, TpmSession session) throws TpmException {
        byte[] approved = approval.approved().digest();
        byte[] ticket;
        try (TpmObject key = loadPublic(approval.key())) {
            ticket = verify(key, Digest.SHA256.of(approved), approval.signature());
        }
        fulfilPcrs(approval.approved(), session);
        byte[] parameters = new TpmWriter()
                .sized(approved)
                .u16(0)
                .sized(approval.key().name())
                .raw(ticket)
                .bytes();
        condition(TpmCommand.POLICY_AUTHORIZE, session, parameters);
    }

    /**
     * Loads a public key.
     *
     * @return closed by the caller
     * @throws TpmException REFUSED if the TPM has not RSA keys of this size
     */
    TpmObject loadPublic(PcrSigningKey key) throws TpmException {
        byte[] body = new TpmWriter()
                .u16(0)
                .sized(key.publicArea())
                .u32(Hierarchy.STORAGE.handle)
                .bytes();
        TpmReader answer = connection.send(TpmCommand.LOAD_EXTERNAL, body);
        TpmObject object = TpmObject.loaded(this, answer.u32(), key.name());
        if (!Arrays.equals(answer.sized(), object.name())) {
            object.close();
            throw TpmException.malformed("it loaded another public key");
        }
        return object;
    }

    /** @return a TPMT_TK_VERIFIED: what the TPM itself can recognize later */
    private byte[] verify(TpmObject key, byte[] digest, byte[] signature) throws TpmException {
        byte[] body = new TpmWriter()
                .u32(key.handle())
                .sized(digest)
                .u16(RSASSA)
                .u16(SHA256)
                .sized(signature)
                .bytes();
        byte[] ticket = connection.send(TpmCommand.VERIFY_SIGNATURE, body).rest();
        if (new TpmReader(ticket).u16() != VERIFIED_TICKET) {
            throw TpmException.malformed("it has no ticket for a signature");
        }
        return ticket;
    }

    /** How often the TPM was reset, which each start of the firmware does, since it was made or cleared. */
    long resetCount() throws TpmException {
        TpmReader answer = connection.send(TpmCommand.READ_CLOCK, new byte[0]);
        answer.raw(2 * Long.BYTES);
        return Integer.toUnsignedLong(answer.u32());
    }

    /**
     * Gives the sealed secret back.
     *
     * @param session a policy session that fulfils the policy
     * @return closed by the caller
     */
    Secret unseal(TpmObject object, TpmSession session) throws TpmException {
        session.roll();
        TpmReader answer = connection
                .send(TpmCommand.UNSEAL, Used.of(object), session, new byte[0], false)
                .parameters();
        byte[] encrypted = answer.sized();
        answer.end();
        return session.decrypt(encrypted);
    }

    /**
     * The present values of PCRs, in lowercase hex digits, by number. PCRs that the bank has not are left out.
     */
    SortedMap<Integer, String> readPcrs(PcrSelection selection) throws TpmException {
        SortedMap<Integer, String> values = new TreeMap<>();
        SortedSet<Integer> left = new TreeSet<>(selection.numbers());
        while (!left.isEmpty()) {
            TpmReader answer = connection.send(
                    TpmCommand.PCR_READ, PcrSelection.of(selection.bank(), left).bytes());
            answer.u32();
            SortedSet<Integer> read =
                    numbers(answer).getOrDefault(selection.bank().algorithm(), new TreeSet<>());
            int count = answer.u32();
            if (count != read.size() || !left.containsAll(read)) {
                throw TpmException.malformed("it has values of other PCRs");
            }
            for (int number : read) {
                values.put(number, value(answer, selection.bank()));
            }
            answer.end();
            if (read.isEmpty()) {
                return values;
            }
            left.removeAll(read);
        }
        return values;
    }

    private static String value(TpmReader in, PcrBank bank) throws TpmException {
        String digits = HexFormat.of().formatHex(in.sized());
        if (digits.length() != bank.digits()) {
            throw TpmException.malformed("a PCR has " + digits.length() + " hex digits");
        }
        return digits;
    }

    /** The PCRs that a bank has: a TPM can know a hash and have no PCRs for it. */
    SortedSet<Integer> allocatedPcrs(PcrBank bank) throws TpmException {
        TpmReader answer = capability(CAPABILITY_PCRS, 0, 1);
        return numbers(answer).getOrDefault(bank.algorithm(), new TreeSet<>());
    }

    /** Reads a TPML_PCR_SELECTION: numbers by algorithm. */
    private static Map<Integer, SortedSet<Integer>> numbers(TpmReader in) throws TpmException {
        Map<Integer, SortedSet<Integer>> banks = new HashMap<>();
        int count = in.u32();
        for (int i = 0; i < count; i++) {
            SortedSet<Integer> bank = banks.computeIfAbsent(in.u16(), algorithm -> new TreeSet<>());
            byte[] bitmap = in.raw(in.u8());
            for (int number = 0; number < bitmap.length * Byte.SIZE; number++) {
                if ((bitmap[number / Byte.SIZE] >> number % Byte.SIZE & 1) != 0) {
                    bank.add(number);
                }
            }
        }
        return banks;
    }

    /** The properties from a number on, as many as the TPM gives at once. */
    Map<Integer, Integer> properties(int first) throws TpmException {
        TpmReader answer = capability(CAPABILITY_PROPERTIES, first, MOST_PROPERTIES);
        Map<Integer, Integer> values = new HashMap<>();
        int count = answer.u32();
        for (int i = 0; i < count; i++) {
            values.put(answer.u32(), answer.u32());
        }
        answer.end();
        return values;
    }

    private TpmReader capability(int capability, int property, int count) throws TpmException {
        byte[] body = new TpmWriter().u32(capability).u32(property).u32(count).bytes();
        TpmReader answer = connection.send(TpmCommand.GET_CAPABILITY, body);
        answer.u8();
        if (answer.u32() != capability) {
            throw TpmException.malformed("it has another capability");
        }
        return answer;
    }

    /**
     * Removes an object or session from the TPM's memory. A failure changes nothing for the caller: what it asked for is done, or
     * has failed for a reason of its own, and the resource manager removes all when the device is closed.
     *
     * @return whether it is removed
     */
    boolean flush(int handle) {
        try {
            connection
                    .send(TpmCommand.FLUSH_CONTEXT, new TpmWriter().u32(handle).bytes())
                    .end();
            return true;
        } catch (TpmException e) {
            return false;
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
