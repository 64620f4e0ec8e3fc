/**
 * The family of networks: {@link org.crunet.network.Networks} is the table, {@link org.crunet.network.Architecture} the
 * record behind each row (change one field, get a new member), {@link org.crunet.network.Network} an initialised one.
 */
package org.crunet.network;
