package org.ecryptfsj.tree;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;

/** Reads the names in a directory by java.nio. A position is a number of names; they are read again to go to it. */
final class NioNames implements TreeDirectory.NameReader {
    private final NioPaths paths;
    private final NioErrors.Call<DirectoryStream<Path>> entries;
    private Optional<DirectoryStream<Path>> stream = Optional.empty();
    private Iterator<Path> names;
    private long position;

    /** @param entries opens the directory to read it from its first name on */
    NioNames(NioPaths paths, NioErrors.Call<DirectoryStream<Path>> entries) {
        this.paths = paths;
        this.entries = entries;
    }

    @Override
    public Optional<FileName> next() throws TreeException {
        Optional<Path> next = nextPath();
        if (next.isEmpty()) {
            close();
        }
        return next.map(paths::name);
    }

    private Optional<Path> nextPath() throws TreeException {
        return NioErrors.call(() -> {
            if (stream.isEmpty()) {
                stream = Optional.of(entries.run());
                names = stream.get().iterator();
                position = 0;
            }
            try {
                if (!names.hasNext()) {
                    return Optional.<Path>empty();
                }
                position++;
                return Optional.of(names.next());
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
        });
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public void seek(long to) throws TreeException {
        close();
        position = 0;
        while (position < to && nextPath().isPresent()) {}
    }

    /** Closes the directory, if it is open. */
    void close() {
        stream.ifPresent(NioNames::closeStream);
        stream = Optional.empty();
    }

    static void closeStream(DirectoryStream<Path> stream) {
        try {
            stream.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
