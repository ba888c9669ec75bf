package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.options.OptionList;
import org.ecryptfsj.options.OptionList.Option;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The options of a requested mount: those of the command line, which override those of {@code ~/.ecryptfsrc}
 * (docs/spec/mount.md, sections 3 and 4).
 */
final class MountRequest implements AutoCloseable {
    private final OptionList commandLine;
    private final OptionList rcFile;

    private MountRequest(OptionList commandLine, OptionList rcFile) {
        this.commandLine = commandLine;
        this.rcFile = rcFile;
    }

    /**
     * Reads the options.
     *
     * @param text the value of -o, or empty
     * @param rc path of the file with the defaults; it need not exist
     */
    static MountRequest read(String text, Path rc) throws ToolFailure {
        try {
            OptionList commandLine = OptionList.of(text);
            try {
                return new MountRequest(commandLine, Files.exists(rc) ? defaults(rc) : OptionList.of(""));
            } catch (IOException | KeyModuleException e) {
                commandLine.close();
                throw new ToolFailure(
                        ToolFailure.EINVAL, rc + " cannot be used: " + e.getMessage(), "correct or remove the file");
            }
        } catch (KeyModuleException e) {
            throw new ToolFailure(ToolFailure.EINVAL, e.getMessage(), e.advice());
        }
    }

    private static OptionList defaults(Path rc) throws IOException, KeyModuleException {
        OptionList options = OptionList.read(rc);
        try {
            options.requireVisibleValues(rc.toString());
            return options;
        } catch (KeyModuleException e) {
            options.close();
            throw e;
        }
    }

    /** The options with one of these names on the command line; if there are none, those in the file. */
    List<Option> options(String... names) {
        List<String> wanted = List.of(names);
        List<Option> found = new ArrayList<>(onCommandLine(names));
        if (found.isEmpty()) {
            found.addAll(named(rcFile, wanted));
        }
        return found;
    }

    /** The options with one of these names on the command line. */
    List<Option> onCommandLine(String... names) {
        return named(commandLine, List.of(names));
    }

    private static List<Option> named(OptionList list, List<String> wanted) {
        return list.options().stream().filter(o -> wanted.contains(o.name())).toList();
    }

    /**
     * The text of the last option with one of these names: mount(8) appends the options of its command line to those
     * of fstab.
     */
    Optional<String> text(String... names) {
        return last(names).map(Option::text);
    }

    private Optional<Option> last(String... names) {
        return options(names).stream().reduce((former, later) -> later);
    }

    /** Whether the option is given, with or without a value. */
    boolean has(String name) {
        return !options(name).isEmpty();
    }

    /**
     * A yes-or-no option.
     *
     * @return empty if the option is not given
     * @throws ToolFailure if the value is neither yes nor no
     */
    Optional<Boolean> yesNo(String... names) throws ToolFailure {
        Optional<Option> option = last(names);
        if (option.isEmpty()) {
            return Optional.empty();
        }
        return switch (option.get().text()) {
            case "", "y", "yes" -> Optional.of(true);
            case "n", "no" -> Optional.of(false);
            default ->
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        option.get().name() + " takes y, yes, n or no, not "
                                + option.get().text(),
                        "correct the option");
        };
    }

    /** Whether questions are allowed (docs/spec/mount.md, section 2, step 7). */
    boolean mayAsk() {
        return !has("no_prompt") && !has("wild_ass_guess") && !text("verbosity").equals(Optional.of("0"));
    }

    /**
     * Refuses misspelt options.
     *
     * @param moduleParameters names of the key modules' parameters
     */
    void checkNames(Set<String> moduleParameters) throws ToolFailure {
        for (OptionList list : List.of(commandLine, rcFile)) {
            for (Option option : list.options()) {
                OptionNames.check(option.name(), moduleParameters);
            }
        }
    }

    /**
     * The options of the command line that are passed to the kernel unchanged.
     *
     * @param moduleParameters names of the key modules' parameters, which are not passed to the kernel
     */
    List<String> kernelOptions(Set<String> moduleParameters) {
        return commandLine.options().stream()
                .filter(o -> !OptionNames.HELPER_NAMES.contains(o.name()) && !moduleParameters.contains(o.name()))
                .map(Option::written)
                .toList();
    }

    @Override
    public void close() {
        commandLine.close();
        rcFile.close();
    }
}
