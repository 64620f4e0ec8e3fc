/** x. */
package org.crunet.tensor;
