package org.ecryptfsj.daemon.warmup;

import java.util.concurrent.TimeUnit;
import org.ecryptfsj.linux.LinuxException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The whole path of a request over a socket pair in place of the device, from the kernel's write to its read of the reply, with a
 * key module that answers at once, or on a thread of its own.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RequestBenchmark {
    /** Whether the key module answers on the receiving thread. */
    @Param({"true", "false"})
    public boolean atOnce;

    private JitWarmUp warmUp;

    /** Opens the channel. */
    @Setup
    public void begin() throws LinuxException {
        warmUp = new JitWarmUp(atOnce);
    }

    /** Closes it. */
    @TearDown
    public void end() {
        warmUp.close();
    }

    /** An open. */
    @Benchmark
    public void open() throws LinuxException {
        warmUp.open();
    }

    /** A create. */
    @Benchmark
    public void create() throws LinuxException {
        warmUp.create();
    }
}
