package org.ecryptfsj.tree;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.util.Locale;
import java.util.Map;
import org.ecryptfsj.tree.TreeException.Reason;

/** Translates java.nio's exceptions into the reasons of {@link TreeException}. */
final class NioErrors {
    /** Texts of the system, in lower case, for which java.nio has no exception. */
    private static final Map<String, Reason> TEXTS = Map.of(
            "too many levels of symbolic links", Reason.SYMLINK,
            "not a directory", Reason.NOT_A_DIRECTORY,
            "is a directory", Reason.NOT_A_FILE,
            "no space left on device", Reason.NO_SPACE,
            "there is not enough space on the disk", Reason.NO_SPACE,
            "disk quota exceeded", Reason.NO_SPACE,
            "operation not permitted", Reason.NOT_SUPPORTED,
            "operation not supported", Reason.NOT_SUPPORTED,
            "file exists", Reason.EXISTS);

    private NioErrors() {}

    /**
     * A call of java.nio.
     *
     * @param <T> type of the result
     */
    @FunctionalInterface
    interface Call<T> {
        T run() throws IOException;
    }

    /** A call of java.nio without a result. */
    @FunctionalInterface
    interface Action {
        void run() throws IOException;
    }

    static <T> T call(Call<T> call) throws TreeException {
        try {
            return call.run();
        } catch (TreeException e) {
            throw e;
        } catch (IOException e) {
            throw translate(e);
        } catch (UnsupportedOperationException e) {
            throw new TreeException(Reason.NOT_SUPPORTED, "the file system cannot do this", e);
        } catch (InvalidPathException e) {
            throw new TreeException(Reason.OTHER, "the file system cannot have this name: " + e.getReason(), e);
        }
    }

    static void run(Action action) throws TreeException {
        call(() -> {
            action.run();
            return true;
        });
    }

    private static TreeException translate(IOException e) {
        Reason reason = reason(e);
        String message =
                switch (reason) {
                    case DENIED -> "permission denied";
                    case NOT_FOUND -> "it does not exist";
                    case OTHER -> text(e);
                    default -> reason.text();
                };
        return new TreeException(reason, message, e);
    }

    private static Reason reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return Reason.NOT_FOUND;
        }
        if (e instanceof AccessDeniedException) {
            return Reason.DENIED;
        }
        if (e instanceof FileAlreadyExistsException || e instanceof DirectoryNotEmptyException) {
            return Reason.EXISTS;
        }
        if (e instanceof NotDirectoryException) {
            return Reason.NOT_A_DIRECTORY;
        }
        if (e instanceof FileSystemLoopException) {
            return Reason.SYMLINK;
        }
        if (e instanceof NotLinkException) {
            return Reason.NOT_SUPPORTED;
        }
        return TEXTS.getOrDefault(text(e).toLowerCase(Locale.ROOT), Reason.OTHER);
    }

    private static String text(IOException e) {
        String text = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
        return text == null ? e.getClass().getSimpleName() : text;
    }
}
