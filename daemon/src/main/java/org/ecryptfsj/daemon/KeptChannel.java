package org.ecryptfsj.daemon;

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

/** Goes on with the channel and the record that a keeper has, or opens a channel and begins a record for it to keep. */
final class KeptChannel {
    private static final Logger LOG = LoggerFactory.getLogger(KeptChannel.class);

    private KeptChannel() {}

    /**
     * The channel, kept if there is a keeper. Netlink knows a daemon by its process, so such a channel is never kept: the
     * successor registers anew.
     *
     * @return closed by the caller
     * @throws IOException if there is none
     */
    static KernelChannel open(Keeper keeper, KernelChannels.Choice choice) throws IOException {
        if (!keeper.keeps() || choice == KernelChannels.Choice.NETLINK) {
            return KernelChannels.open(choice, Optional.empty());
        }
        Optional<InFlightStore> record = record(keeper);
        try {
            Optional<Descriptor> kept = keeper.takeChannel();
            KernelChannel channel =
                    kept.isPresent() ? goOn(keeper, kept.get(), record) : KernelChannels.open(choice, record);
            if (channel instanceof MiscdevChannel device) {
                keeper.keep(device);
            } else {
                record.ifPresent(InFlightStore::close);
            }
            return channel;
        } catch (IOException e) {
            record.ifPresent(unused -> unused.descriptor().close());
            throw e;
        }
    }

    private static KernelChannel goOn(Keeper keeper, Descriptor device, Optional<InFlightStore> record)
            throws LinuxException {
        try {
            MiscdevChannel channel = MiscdevChannel.adopt(device, record);
            if (record.isEmpty() || record.get().starts() == 1) {
                channel.greet();
            }
            return channel;
        } catch (LinuxException e) {
            // Else each further start would get it again.
            keeper.giveUpChannel();
            throw e;
        }
    }

    private static Optional<InFlightStore> record(Keeper keeper) {
        try {
            Optional<Descriptor> kept = keeper.takeRecord();
            return Optional.of(kept.isPresent() ? adopt(kept.get()) : InFlightStore.create());
        } catch (LinuxException | MemoryLockException e) {
            LOG.warn(
                    "requests that are under way when this process dies will be lost: there is no memory that outlives it: {}."
                            + " What to do: allow more locked memory (ulimit -l), and see that /dev/shm is a tmpfs",
                    e.getMessage());
            return Optional.empty();
        }
    }

    private static InFlightStore adopt(Descriptor kept) throws LinuxException {
        try {
            InFlightStore record = InFlightStore.adopt(kept);
            if (record.discarded() > 0) {
                LOG.error("{} entries of the predecessor's record make no sense and were wiped", record.discarded());
            }
            return record;
        } catch (UnknownInFlightFormatException e) {
            LOG.error(
                    "requests that the predecessor had read are not answered: its record cannot be read: {}."
                            + " Programs that wait for them get an error when the kernel's timeout is over",
                    e.getMessage());
            return startOver(kept);
        }
    }

    private static InFlightStore startOver(Descriptor kept) throws LinuxException {
        try {
            return InFlightStore.startOver(kept);
        } catch (LinuxException sealed) {
            LOG.debug("the old record cannot be used again", sealed);
            kept.close();
            return InFlightStore.create();
        }
    }
}
