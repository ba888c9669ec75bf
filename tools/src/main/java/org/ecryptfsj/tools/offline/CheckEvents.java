package org.ecryptfsj.tools.offline;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.lower.LowerHeader;

/** What the check of one entry counted and found, kept until it is reported in the order of the walk. Used by one thread at a time. */
final class CheckEvents {
    private final List<Consumer<CheckReport>> events = new ArrayList<>();

    void count(CheckCount what) {
        count(what, 1);
    }

    void count(CheckCount what, long more) {
        events.add(report -> report.count(what, more));
    }

    /** The keys of a file. */
    void keys(LowerHeader header) {
        events.add(report -> report.keys(header));
    }

    /** The key of a name or of a symbolic link's target. */
    void keyOfName(Signature key) {
        events.add(report -> report.keyOfName(key));
    }

    void found(NamedPath entry, FindingKind kind, String message) {
        events.add(report -> report.found(entry, kind, message));
    }

    /** Bytes of the entry were checked. */
    void advance(long bytes) {
        events.add(report -> report.advance(bytes));
    }

    /** The entry, which is no directory, was checked. */
    void done() {
        events.add(CheckReport::done);
    }

    /** Reports them. */
    void replay(CheckReport report) {
        events.forEach(event -> event.accept(report));
    }
}
