package org.ecryptfsj.protector.tpm2;

import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a TPM is, as the TCTI settings of tpm2-tools and of the TSS write it (docs/spec/tpm2.md, section 3). */
sealed interface TpmAddress {
    /** What is used without any setting: the kernel's resource manager of the first TPM. */
    TpmAddress DEFAULT = new Device(Path.of("/dev/tpmrm0"));

    /**
     * A character device.
     *
     * @param path of the device
     */
    record Device(Path path) implements TpmAddress {
        private static final Pattern KERNEL_NAME = Pattern.compile("/dev/tpm(?:rm)?([0-9]+)");

        @Override
        public Optional<String> kernelName() {
            Matcher matcher = KERNEL_NAME.matcher(path.toString());
            return matcher.matches() ? Optional.of("tpm" + matcher.group(1)) : Optional.empty();
        }

        @Override
        public TpmTransport open(Deadline deadline) throws TpmException {
            return DeviceTransport.open(path, deadline);
        }
    }

    /**
     * A software TPM at a TCP port.
     *
     * @param host name or number
     * @param port 1 to 65535
     */
    record Tcp(String host, int port) implements TpmAddress {
        @Override
        public Optional<String> kernelName() {
            return Optional.empty();
        }

        @Override
        public TpmTransport open(Deadline deadline) throws TpmException {
            return SocketTransport.connect(new InetSocketAddress(host, port), deadline);
        }
    }

    /**
     * A software TPM at a Unix socket.
     *
     * @param path of the socket
     */
    record UnixSocket(Path path) implements TpmAddress {
        @Override
        public Optional<String> kernelName() {
            return Optional.empty();
        }

        @Override
        public TpmTransport open(Deadline deadline) throws TpmException {
            return SocketTransport.connect(UnixDomainSocketAddress.of(path), deadline);
        }
    }

    /**
     * Opens a connection.
     *
     * @return closed by the caller
     * @throws TpmException UNREACHABLE
     */
    TpmTransport open(Deadline deadline) throws TpmException;

    /** The name that the kernel has for the TPM, such as {@code tpm0}; empty if it is no TPM of the kernel. */
    Optional<String> kernelName();

    /**
     * The address that the environment gives: {@code TPM2TOOLS_TCTI}, else {@code TSS2_TCTI}, else the default.
     *
     * @throws TpmException UNREACHABLE if it is none that this program knows
     */
    static TpmAddress of(Map<String, String> environment) throws TpmException {
        for (String variable : new String[] {"TPM2TOOLS_TCTI", "TSS2_TCTI"}) {
            String setting = environment.getOrDefault(variable, "");
            if (!setting.isEmpty()) {
                return parse(setting)
                        .orElseThrow(() -> TpmException.unreachable(
                                variable + " is no address of a TPM that can be used; write device:/dev/tpmrm0,"
                                        + " swtpm:host=HOST,port=PORT or swtpm:path=SOCKET",
                                null));
            }
        }
        return DEFAULT;
    }

    /** An address; empty if it is none, or of another kind than {@code device} and {@code swtpm}. */
    static Optional<TpmAddress> parse(String setting) {
        int colon = setting.indexOf(':');
        String kind = colon < 0 ? setting : setting.substring(0, colon);
        String rest = colon < 0 ? "" : setting.substring(colon + 1);
        return switch (kind) {
            case "device" -> rest.isEmpty() ? Optional.of(DEFAULT) : path(rest).map(Device::new);
            case "swtpm" -> softwareTpm(rest);
            default -> Optional.empty();
        };
    }

    private static Optional<TpmAddress> softwareTpm(String text) {
        Map<String, String> values = new HashMap<>();
        for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 0 || values.put(part.substring(0, equals), part.substring(equals + 1)) != null) {
                return Optional.empty();
            }
        }
        if (values.keySet().equals(Set.of("path"))) {
            return path(values.get("path")).map(UnixSocket::new);
        }
        if (!Set.of("host", "port").containsAll(values.keySet())) {
            return Optional.empty();
        }
        String port = values.getOrDefault("port", "2321");
        int number = port.matches("[0-9]{1,5}") ? Integer.parseInt(port) : 0;
        String host = values.getOrDefault("host", "localhost");
        return number < 1 || number > 65535 || host.isEmpty() ? Optional.empty() : Optional.of(new Tcp(host, number));
    }

    private static Optional<Path> path(String text) {
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
