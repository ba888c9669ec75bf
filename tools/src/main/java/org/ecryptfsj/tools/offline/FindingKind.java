package org.ecryptfsj.tools.offline;

/** What ecryptfs-check finds. The names in JSON are stable. */
enum FindingKind {
    /** A header with eCryptfs' marker that no kernel accepts. */
    HEADER("header-damaged", true),
    /** Contents without a header: not encrypted by eCryptfs, or the header was overwritten. */
    NO_HEADER("no-header", true),
    /** Fewer bytes than the header states. */
    TRUNCATED("truncated", true),
    /** More bytes than the header states. */
    LONGER("longer", true),
    /** A hole within encrypted contents. */
    HOLE("hole", true),
    /** An encrypted name that does not have its format. */
    NAME("name-damaged", true),
    /** An encrypted target of a symbolic link that does not have its format. */
    TARGET("target-damaged", true),
    /** A name that the given keys do not open. */
    NAME_LOCKED("name-not-opened", true),
    /** A target of a symbolic link that the given keys do not open. */
    TARGET_LOCKED("target-not-opened", true),
    /** A file key that the given keys do not open. */
    FILE_LOCKED("file-not-opened", true),
    /** A last extent that the file key does not decrypt. */
    PADDING("padding", true),
    /** An entry that cannot be read. */
    UNREADABLE("unreadable", true),
    /** A directory below the deepest one that is entered. */
    TOO_DEEP("too-deep", true),
    /** Flags of a header that do not fit the file, which the kernel ignores. */
    FLAGS("flags", false),
    /** A name that is not encrypted, of a file whose header says that it was. */
    NAME_PLAIN("name-plain", false),
    /** A temporary file that a program left. */
    LEFTOVER("leftover", false);

    private final String member;
    private final boolean problem;

    FindingKind(String member, boolean problem) {
        this.member = member;
        this.problem = problem;
    }

    /** The name in JSON and in the summary. */
    String member() {
        return member;
    }

    /** Whether the tree is not sound because of it. Other findings are notes. */
    boolean isProblem() {
        return problem;
    }
}
