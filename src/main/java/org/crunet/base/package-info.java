/**
 * What every package leans on: checks and the words of errors, records as data, progress, threads. Start with
 * {@link org.crunet.base.Errors}.
 */
package org.crunet.base;
