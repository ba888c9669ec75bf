package org.ecryptfsj.keyring;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.Signature;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Parsing of the payload of a key in the keyring into a token, without the system calls. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class AuthTokBenchmark {
    private final ByteBuffer payload = ByteBuffer.allocateDirect(1024);
    private ByteBuffer read;

    /** The token of a tspi key. */
    @Setup
    public void makeToken() {
        try (AuthTok token =
                new AuthTok.PrivateKey(new Signature("0123456789abcdef"), "tspi", KeyBlob.takeBytes(new byte[16]))) {
            read = payload.slice(0, AuthTokLayout.bytes(token)).order(ByteOrder.nativeOrder());
            AuthTokLayout.encode(token, read);
        }
    }

    /** Parses the payload once, as for each request. */
    @Benchmark
    public Signature decode() throws MalformedAuthTokException {
        try (AuthTok token = AuthTokLayout.decode(read)) {
            return token.signature();
        }
    }
}
