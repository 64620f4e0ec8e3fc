package org.crunet.base;

/** Something that is recognised by its name, such as a function of one's own: a changed one takes a new name. */
public interface Named {

    /**
     * Returns its name, which is what {@link Records#canonical} says of it.
     *
     * @return not blank
     */
    String name();
}
