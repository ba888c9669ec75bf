package org.ecryptfsj.keymodule.tspi.envelope;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Wrapping and unwrapping of a file key with a cached KEK. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EnvelopeBenchmark {
    private static final KekPolicy POLICY = new KekPolicy(Duration.ZERO, Duration.ofHours(1));

    private Path directory;
    private KekCache cache;
    private Secret payload;
    private byte[] wrapped;

    /** Does not seal: only the work in software is measured. */
    private record NoDevice() implements SealingKey {
        @Override
        public String name() {
            return "benchmark";
        }

        @Override
        public byte[] seal(Secret plain) {
            byte[] bytes = new byte[plain.size()];
            plain.buffer().get(bytes);
            return bytes;
        }

        @Override
        public Secret unseal(byte[] sealed) {
            return Secret.takeBytes(Arrays.copyOf(sealed, sealed.length));
        }

        @Override
        public boolean isStateTrusted(Duration limit) {
            return true;
        }
    }

    private static final NoDevice DEVICE = new NoDevice();

    /** A cache with one KEK. */
    @Setup
    public void makeKek() throws IOException, KeyModuleException {
        directory = Files.createTempDirectory("kek");
        cache = new KekCache(new KekStore(directory.resolve("kek")));
        payload = Secret.takeBytes(new byte[35]);
        wrapped = cache.wrap(DEVICE, POLICY, payload);
    }

    /** Drops the cache. */
    @TearDown
    public void dropKek() throws IOException {
        cache.close();
        payload.close();
        Files.delete(directory.resolve("kek/benchmark.kek"));
        Files.delete(directory.resolve("kek"));
        Files.delete(directory);
    }

    /** Wraps a key, as for a create. */
    @Benchmark
    public byte[] wrap() throws KeyModuleException {
        return cache.wrapAtOnce(DEVICE, POLICY, payload).orElseThrow();
    }

    /** Unwraps a key, as for an open. */
    @Benchmark
    public int unwrap() throws KeyModuleException {
        try (Secret unwrapped = cache.unwrapAtOnce(DEVICE, POLICY, wrapped).orElseThrow()) {
            return unwrapped.size();
        }
    }
}
