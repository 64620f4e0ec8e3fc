/**
 * The family of networks: {@link org.crunet.network.Networks} is the table, {@link org.crunet.network.Architecture} the
 * record behind each row (change one field, get a new member), {@link org.crunet.network.Network} an initialised one.
 * {@link org.crunet.network.Cost} counts what it takes, {@link org.crunet.network.Weights} names what it stores.
 */
package org.crunet.network;
