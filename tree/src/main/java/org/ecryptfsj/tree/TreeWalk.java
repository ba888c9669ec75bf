package org.ecryptfsj.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;

/**
 * Walks a tree depth first, without recursion, with a bounded number of open directories and of names in memory.
 *
 * @param <X> the exception with which a visitor may end the walk
 */
public final class TreeWalk<X extends Exception> {
    /** Deeper directories are not entered. */
    public static final int MAX_DEPTH = 10_000;

    private final Visitor<X> visitor;

    /**
     * Called for the entries.
     *
     * @param <X> the exception that ends the walk
     */
    public interface Visitor<X extends Exception> {
        /**
         * Visits an entry of the current directory.
         *
         * @param deeper false if {@link #MAX_DEPTH} is reached, and no directory may be entered
         * @return the entry as a directory to walk next, closed by the walk; empty to skip it
         */
        Optional<TreeDirectory> entry(TreeDirectory directory, FileName name, boolean deeper) throws X;

        /** Leaves a directory after its last entry; not called for the top. */
        void leave() throws X;

        /** The remaining entries of the current directory cannot be read. */
        void unreadable(TreeException failure) throws X;
    }

    /** @param visitor called for each entry */
    public TreeWalk(Visitor<X> visitor) {
        this.visitor = visitor;
    }

    /**
     * Walks.
     *
     * @param top not closed by the walk
     */
    public void run(TreeDirectory top) throws X, TreeException {
        List<DirectoryListing> listings = new ArrayList<>(List.of(new DirectoryListing()));
        try (DirectoryStack stack = new DirectoryStack(top)) {
            while (!listings.isEmpty()) {
                Optional<FileName> name = next(stack, listings.get(listings.size() - 1));
                if (name.isEmpty()) {
                    listings.remove(listings.size() - 1);
                    if (!listings.isEmpty()) {
                        visitor.leave();
                        stack.pop().ifPresent(TreeDirectory::close);
                    }
                    continue;
                }
                Optional<TreeDirectory> entered = visitor.entry(stack.deepest(), name.get(), stack.depth() < MAX_DEPTH);
                if (entered.isPresent()) {
                    stack.push(name.get(), entered.get());
                    listings.add(new DirectoryListing());
                    int releasing = listings.size() - 1 - DirectoryStack.OPEN;
                    if (releasing >= 0) {
                        listings.get(releasing).release();
                    }
                }
            }
        }
    }

    private Optional<FileName> next(DirectoryStack stack, DirectoryListing listing) throws X {
        try {
            return listing.next(stack.deepest());
        } catch (TreeException e) {
            visitor.unreadable(e);
            return Optional.empty();
        }
    }
}
