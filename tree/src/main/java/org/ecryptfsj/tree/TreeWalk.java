package org.ecryptfsj.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;

/**
 * Walks a tree in depth, without recursion: as deep as it goes, with a bounded number of open directories and of names in
 * memory.
 *
 * @param <X> what a visitor may end the walk with
 */
public final class TreeWalk<X extends Exception> {
    /** Deeper directories are not entered. */
    public static final int MOST_LEVELS = 10_000;

    private final Visitor<X> visitor;

    /**
     * What is done with the entries.
     *
     * @param <X> what ends the walk
     */
    public interface Visitor<X extends Exception> {
        /**
         * An entry of the directory where the walk is.
         *
         * @param deeper false if {@link #MOST_LEVELS} are reached, and nothing may be entered
         * @return the entry as a directory to be walked next, which is taken over; empty if it is not to be entered
         */
        Optional<TreeDirectory> entry(TreeDirectory directory, FileName name, boolean deeper) throws X;

        /** All entries of a directory that was entered are done; not called for the top. */
        void leave() throws X;

        /** The other entries of the directory where the walk is cannot be read. */
        void unreadable(TreeException failure) throws X;
    }

    /** @param visitor called for each entry */
    public TreeWalk(Visitor<X> visitor) {
        this.visitor = visitor;
    }

    /**
     * Walks.
     *
     * @param top stays the caller's
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
                Optional<TreeDirectory> entered =
                        visitor.entry(stack.lowest(), name.get(), stack.depth() < MOST_LEVELS);
                if (entered.isPresent()) {
                    stack.push(name.get(), entered.get());
                    listings.add(new DirectoryListing());
                    int givingUp = listings.size() - 1 - DirectoryStack.OPEN;
                    if (givingUp >= 0) {
                        listings.get(givingUp).giveUp();
                    }
                }
            }
        }
    }

    private Optional<FileName> next(DirectoryStack stack, DirectoryListing listing) throws X {
        try {
            return listing.next(stack.lowest());
        } catch (TreeException e) {
            visitor.unreadable(e);
            return Optional.empty();
        }
    }
}
