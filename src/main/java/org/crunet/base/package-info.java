/**
 * What every package leans on: checks and words of errors, progress, threads, other machines. Start with {@link org.crunet.base.Errors}.
 */
package org.crunet.base;
