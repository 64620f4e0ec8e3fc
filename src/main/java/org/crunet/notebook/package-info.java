/**
 * How all of it is shown in a notebook: tables, charts and their colours, drawings, pictures, and a training while it runs. Start
 * with {@link org.crunet.notebook.Notebook}; {@code Views} is the list of all types with the function that shows each.
 *
 * <p>This is the only package that knows Tablesaw, Plotly and Jupyter; no other package imports it. {@code Kernel} alone talks
 * to a kernel, by reflection, so that one library draws in JJava, in IJava, and as text in a plain program.
 */
package org.crunet.notebook;
