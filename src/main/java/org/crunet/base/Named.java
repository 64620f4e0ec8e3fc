package org.crunet.base;

/**
 * Code that is told apart by a name, because code has no values to compare: its canonical text is the name alone. Whoever changes
 * the code under an old name answers for it, since folders take the new for the old.
 */
public interface Named {

    /**
     * Returns what tells it apart.
     *
     * @return any name that is not blank
     */
    String name();

    /**
     * Throws if there is no name or nothing that has it.
     *
     * @param name what it is to be called
     * @param code what is called so
     * @throws IllegalArgumentException if the name is blank or the code null
     */
    static void require(String name, Object code) {
        Errors.require(
                name != null && !name.isBlank(), "code that a training depends on needs a name: \"" + name + '"');
        Errors.require(code != null, () -> name + " is null");
    }
}
