package org.ecryptfsj.tests;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.File;
import java.io.FileOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.tree.FileChanges;
import org.junit.jupiter.api.Test;

/** The modules as architecture.md draws them: imports point down only. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.ecryptfsj");

    @Test
    void eachModuleImportsOnlyModulesBelowIt() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("org.ecryptfsj..")
                .layer("linux")
                .definedBy("org.ecryptfsj.linux..")
                .layer("libcrypto")
                .definedBy("org.ecryptfsj.libcrypto..")
                .layer("kernel")
                .definedBy("org.ecryptfsj.kernel..")
                .layer("tree")
                .definedBy("org.ecryptfsj.tree..")
                .layer("keymodule-api")
                .definedBy("org.ecryptfsj.keymodule", "org.ecryptfsj.protector")
                .layer("options")
                .definedBy("org.ecryptfsj.options..")
                .layer("netlink")
                .definedBy("org.ecryptfsj.netlink..")
                .layer("keyring")
                .definedBy("org.ecryptfsj.keyring..")
                .layer("passphrase")
                .definedBy("org.ecryptfsj.keymodule.passphrase..")
                .layer("tspi")
                .definedBy("org.ecryptfsj.keymodule.tspi..")
                .layer("openssl")
                .definedBy("org.ecryptfsj.keymodule.openssl..")
                .layer("tpm2")
                .definedBy("org.ecryptfsj.protector.tpm2..")
                .layer("lower")
                .definedBy("org.ecryptfsj.lower..")
                .layer("keyfile")
                .definedBy("org.ecryptfsj.keyfile..")
                .layer("daemon")
                .definedBy("org.ecryptfsj.daemon..")
                .layer("tools")
                .definedBy("org.ecryptfsj.tools..")
                .layer("manual")
                .definedBy("org.ecryptfsj.manual..")
                .layer("rescue")
                .definedBy("org.ecryptfsj.rescue..")
                .whereLayer("linux")
                .mayNotAccessAnyLayer()
                .whereLayer("libcrypto")
                .mayOnlyAccessLayers("linux", "keymodule-api")
                .whereLayer("kernel")
                .mayOnlyAccessLayers("linux")
                .whereLayer("tree")
                .mayOnlyAccessLayers("linux")
                .whereLayer("keymodule-api")
                .mayOnlyAccessLayers("linux", "tree")
                .whereLayer("options")
                .mayOnlyAccessLayers("linux", "tree", "keymodule-api")
                .whereLayer("netlink")
                .mayOnlyAccessLayers("linux", "kernel", "keymodule-api")
                .whereLayer("keyring")
                .mayOnlyAccessLayers("linux", "libcrypto", "keymodule-api")
                .whereLayer("passphrase")
                .mayOnlyAccessLayers("linux", "libcrypto", "keymodule-api", "options")
                .whereLayer("tspi")
                .mayOnlyAccessLayers("linux", "libcrypto", "tree", "keymodule-api")
                .whereLayer("openssl")
                .mayOnlyAccessLayers("linux", "libcrypto", "tree", "keymodule-api", "options")
                .whereLayer("tpm2")
                .mayOnlyAccessLayers("linux", "libcrypto", "tree", "keymodule-api")
                .whereLayer("lower")
                .mayOnlyAccessLayers("linux", "libcrypto", "tree", "keymodule-api")
                .whereLayer("keyfile")
                .mayOnlyAccessLayers("linux", "libcrypto", "tree", "keymodule-api", "keyring")
                .whereLayer("daemon")
                .mayOnlyAccessLayers("linux", "kernel", "tree", "keymodule-api", "netlink", "keyring", "keyfile")
                .whereLayer("tools")
                .mayOnlyAccessLayers(
                        "linux",
                        "libcrypto",
                        "kernel",
                        "tree",
                        "keymodule-api",
                        "options",
                        "keyring",
                        "lower",
                        "keyfile")
                .whereLayer("manual")
                .mayOnlyAccessLayers("daemon", "tools")
                .whereLayer("manual")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("rescue")
                .mayOnlyAccessLayers("linux", "tree", "keymodule-api", "options", "keyring", "tools")
                .whereLayer("rescue")
                .mayNotBeAccessedByAnyLayer()
                .check(CLASSES);
    }

    @Test
    void theKernelChannelAndTheKeyringImportNoKeyModule() {
        noClasses()
                .that()
                .resideInAnyPackage("org.ecryptfsj.netlink..", "org.ecryptfsj.keyring..", "org.ecryptfsj.lower..")
                .should()
                .dependOnClassesThat(resideInAPackage("org.ecryptfsj.keymodule..")
                        .and(simpleNameStartingWith("KeyModule").or(simpleNameStartingWith("Parameter"))))
                .check(CLASSES);
    }

    @Test
    void aKeyModuleNeverSeesAPacketAKeyringOrASocket() {
        noClasses()
                .that()
                .resideInAPackage("org.ecryptfsj.keymodule.*..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.ecryptfsj.netlink..", "org.ecryptfsj.keyring..", "jnr.unixsocket..", "java.net..")
                .check(CLASSES);
    }

    /** The classes that the compiler makes for them are in the modules' own packages. */
    @Test
    void nativeLibrariesAreCalledInTheirOwnModuleOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages("org.ecryptfsj.linux..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.kenai.jffi..", "jnr.ffi..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "org.ecryptfsj.linux..",
                        "org.ecryptfsj.libcrypto..",
                        "org.ecryptfsj.keyfile..",
                        "org.ecryptfsj.keymodule.tspi..",
                        "org.ecryptfsj.keymodule.openssl..")
                .should()
                .dependOnClassesThat(simpleName("NativeLibrary").or(simpleName("NativeMemory")))
                .check(CLASSES);
    }

    /**
     * What may run as root over a user's files reaches them by descriptor only, through the module tree. Three exceptions: Trust
     * looks at the paths of files that nobody else can have written. AtomicFileWriter, by the steps of FileChanges, writes files
     * into directories of that kind. NioTrees is for machines without native functions.
     */
    @Test
    void filesOfUsersAreReachedThroughTheTreeModuleOnly() {
        noClasses()
                .that()
                .resideInAnyPackage("org.ecryptfsj.tools.offline..", "org.ecryptfsj.lower..", "org.ecryptfsj.tree..")
                .and(not(simpleName("Trust")
                        .or(simpleName("AtomicFileWriter"))
                        .or(belongToAnyOf(FileChanges.class))
                        .or(simpleNameStartingWith("Nio"))))
                .should()
                .dependOnClassesThat(simpleNameStartingWith("File")
                        .and(resideInAnyPackage("java.io", "java.nio.file", "java.nio.channels"))
                        .and(not(simpleName("FileDescriptor").or(simpleName("FileOutputStream")))))
                .orShould()
                .dependOnClassesThat()
                .haveSimpleName("RandomAccessFile")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAnyPackage("org.ecryptfsj.tools.offline..")
                .should()
                .callConstructor(FileOutputStream.class, String.class)
                .orShould()
                .callConstructor(FileOutputStream.class, File.class)
                .check(CLASSES);
    }

    /** A buffer's bytes may be secret; see {@link LockedMemory#copy}. */
    @Test
    void noBufferIsCopiedThroughTheProcessorsVectorRegisters() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(LockedMemory.class)
                .should()
                .callMethod(ByteBuffer.class, "put", ByteBuffer.class)
                .orShould()
                .callMethod(ByteBuffer.class, "put", int.class, ByteBuffer.class, int.class, int.class)
                .check(CLASSES);
    }

    /** {@link org.ecryptfsj.tree.Trust} decides it, on what is open; a look at a name proves nothing of what is opened later. */
    @Test
    void whoOwnsAFileAndMayWriteItIsAskedOfWhatIsOpen() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.ecryptfsj.linux..")
                .should()
                .callMethod(Files.class, "getPosixFilePermissions", Path.class, LinkOption[].class)
                .orShould()
                .callMethod(Files.class, "getOwner", Path.class, LinkOption[].class)
                .check(CLASSES);
    }

    /** The commands for Linux reach files by descriptor: only the jar for other systems uses java.nio. */
    @Test
    void onlyTheRescueJarReachesFilesWithoutDescriptors() {
        noClasses()
                .that()
                .resideOutsideOfPackages("org.ecryptfsj.rescue..", "org.ecryptfsj.tree..")
                .should()
                .dependOnClassesThat(simpleNameStartingWith("Nio").and(resideInAPackage("org.ecryptfsj.tree..")))
                .check(CLASSES);
    }

    @Test
    void theRequestPathKnowsNoProcessesSocketsNorTheRestOfTheDaemon() {
        noClasses()
                .that()
                .resideInAPackage("org.ecryptfsj.daemon.request..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.ecryptfsj.daemon",
                        "org.ecryptfsj.daemon.control..",
                        "org.ecryptfsj.daemon.guard..",
                        "org.ecryptfsj.daemon.lifecycle..",
                        "org.ecryptfsj.daemon.logging..",
                        "org.ecryptfsj.keyfile..",
                        "jnr.unixsocket..",
                        "java.net..")
                .orShould()
                .dependOnClassesThat(
                        simpleNameStartingWith("Process").and(resideInAnyPackage("java.lang", "org.ecryptfsj.linux")))
                .orShould()
                .dependOnClassesThat(simpleName("NotifySocket"))
                .check(CLASSES);
    }

    @Test
    void noRoomsAreInACircle() {
        slices().matching("org.ecryptfsj.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .that()
                .resideInAPackage("org.ecryptfsj..")
                .should()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Data")
                .check(CLASSES);
    }
}
