package org.ecryptfsj.daemon.lifecycle;

import java.io.IOException;
import java.util.Optional;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.MemoryLockException;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.KernelChannels;
import org.ecryptfsj.netlink.MiscdevChannel;
import org.ecryptfsj.netlink.UnknownInFlightFormatException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Recovers the channel and the in-flight store that the supervisor keeps, or opens new ones and gives them to the supervisor. */
public final class ChannelRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelRecovery.class);

    private ChannelRecovery() {}

    /**
     * The channel, which the supervisor keeps too, if there is one. A netlink channel is never kept, because the kernel identifies a
     * daemon by its process id there: the next process registers anew.
     *
     * @return closed by the caller
     * @throws IOException if there is none
     */
    public static KernelChannel open(Supervisor supervisor, KernelChannels.Choice choice) throws IOException {
        if (!supervisor.keepsChannel() || choice == KernelChannels.Choice.NETLINK) {
            return KernelChannels.open(choice, Optional.empty());
        }
        Optional<InFlightStore> store = store(supervisor);
        try {
            Optional<Descriptor> kept = supervisor.takeChannel();
            KernelChannel channel =
                    kept.isPresent() ? recover(supervisor, kept.get(), store) : KernelChannels.open(choice, store);
            if (channel.device().isPresent()) {
                supervisor.keep(channel.device().get(), store.map(InFlightStore::descriptor));
            } else {
                store.ifPresent(InFlightStore::close);
            }
            return channel;
        } catch (IOException e) {
            store.ifPresent(unused -> unused.descriptor().close());
            throw e;
        }
    }

    private static KernelChannel recover(Supervisor supervisor, Descriptor device, Optional<InFlightStore> store)
            throws LinuxException {
        try {
            MiscdevChannel channel = MiscdevChannel.adopt(device, store);
            if (store.isEmpty() || store.get().starts() == 1) {
                channel.sendHelo();
            }
            return channel;
        } catch (LinuxException e) {
            // Otherwise every further start would get the same channel.
            supervisor.forgetChannel();
            throw e;
        }
    }

    private static Optional<InFlightStore> store(Supervisor supervisor) {
        try {
            Optional<Descriptor> kept = supervisor.takeStore();
            return Optional.of(kept.isPresent() ? adopt(kept.get()) : InFlightStore.create());
        } catch (LinuxException | MemoryLockException e) {
            LOG.warn(
                    "cannot keep requests in flight over a crash: no memory that outlives the process: {}. What to do: allow"
                            + " more locked memory (ulimit -l), and check that /dev/shm is a tmpfs",
                    e.getMessage());
            return Optional.empty();
        }
    }

    private static InFlightStore adopt(Descriptor kept) throws LinuxException {
        try {
            InFlightStore store = InFlightStore.adopt(kept);
            if (store.discarded() > 0) {
                LOG.error("{} corrupt in-flight entries discarded", store.discarded());
            }
            return store;
        } catch (UnknownInFlightFormatException e) {
            LOG.error(
                    "cannot read the in-flight store of the previous process: {}. Its requests are not answered: their programs"
                            + " get an error after the kernel's timeout",
                    e.getMessage());
            return startOver(kept);
        }
    }

    private static InFlightStore startOver(Descriptor kept) throws LinuxException {
        try {
            return InFlightStore.startOver(kept);
        } catch (LinuxException sealed) {
            LOG.debug("old in-flight store cannot be used again", sealed);
            kept.close();
            return InFlightStore.create();
        }
    }
}
