package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MountArgumentsTest {
    @Test
    void allListsOfOptionsCountInTheirOrder() {
        MountArguments call = read("/l", "/t", "-o", "rw,a", "-ob");

        assertThat(call.lower()).isEqualTo("/l");
        assertThat(call.target()).isEqualTo("/t");
        assertThat(call.options()).contains("rw,a,b");
    }

    @Test
    void flagsOfMountArePassedOnOneByOneAndItsOwnBusinessIsNot() {
        MountArguments call = read("/l", "/t", "-fn", "-N", "/proc/1/ns/mnt", "-v", "-t", "ecryptfs", "-o", "rw");

        assertThat(call.flags()).containsExactly("-f", "-n", "-v");
        assertThat(call.isFake()).isTrue();
        assertThat(call.isVerbose()).isTrue();
        assertThat(call.options()).contains("rw");
    }

    @ParameterizedTest
    @CsvSource({"'remount,rw', true", "'rw,remount', true", "'rw', false", "'noremount', false"})
    void aRemountIsRecognised(String options, boolean remount) {
        assertThat(read("/l", "/t", "-o", options).isRemount()).isEqualTo(remount);
    }

    @Test
    void lessThanTwoArgumentsAreNoCall() {
        assertThat(MountArguments.read(List.of("/l"))).isEmpty();
        assertThat(MountArguments.read(List.of())).isEmpty();
    }

    @Property
    void noArgumentsAreTooStrange(@ForAll List<String> arguments) {
        assertThatCode(() -> MountArguments.read(arguments)).doesNotThrowAnyException();
    }

    private static MountArguments read(String... arguments) {
        return MountArguments.read(List.of(arguments)).orElseThrow();
    }
}
