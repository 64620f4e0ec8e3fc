/**
 * What a notebook shows: tables, charts, pictures, arrays, networks and the progress of a training.
 *
 * <p>Read {@link org.crunet.notebook.Notebook} first: its {@code start()} finds the running Java kernel and tells it how
 * each type is shown, so that the last expression of a cell draws itself. {@link org.crunet.notebook.Chart} makes
 * charts, also several with a slider or buttons, {@link org.crunet.notebook.Tables} turns records into tables,
 * {@link org.crunet.notebook.Diagram} draws networks and decompositions, {@link org.crunet.notebook.ActivationMap} shows where a
 * network looks, {@link org.crunet.notebook.PaperResults} quotes the paper's numbers, and {@link org.crunet.notebook.LocalFiles}
 * finds photographs and weights of one's own. {@code Views} is the list of all types with the function that shows each; a
 * function makes an {@code Output}, the same value in several MIME types, without script.
 * {@code Kernel} is the only class that talks to a kernel; it does so by reflection, so that one library draws in JJava,
 * in IJava, and as text in a plain program.
 *
 * <p>This is the only package that knows Tablesaw, Plotly and Jupyter; no other package imports it.
 */
package org.crunet.notebook;
