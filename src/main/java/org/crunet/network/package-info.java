/**
 * The table of networks, and one of them built, counted and saved. Start with {@link org.crunet.network.Networks}, whose rows are
 * {@link org.crunet.network.Architecture}s: change one field, get a new member of the family.
 */
package org.crunet.network;
