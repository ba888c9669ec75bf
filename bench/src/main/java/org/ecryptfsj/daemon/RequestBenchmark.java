package org.ecryptfsj.daemon;

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
 * The whole path of a request over a socket pair in place of the device: written, received, dispatched, answered and read,
 * with a module that has the answer at hand, or one that must be waited for.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RequestBenchmark {
    /** Whether the module answers on the thread that reads. */
    @Param({"true", "false"})
    public boolean atOnce;

    private Rehearsal rehearsal;

    /** Opens the channel. */
    @Setup
    public void begin() throws LinuxException {
        rehearsal = new Rehearsal(atOnce);
    }

    /** Closes it. */
    @TearDown
    public void end() {
        rehearsal.close();
    }

    /** An open. */
    @Benchmark
    public void open() throws LinuxException {
        rehearsal.open();
    }

    /** A create. */
    @Benchmark
    public void create() throws LinuxException {
        rehearsal.create();
    }
}
