package org.crunet.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.nio.file.Path;

/** The native library below DJL, for what it exports and DJL has no call for. */
final class Libtorch {

    private Libtorch() {}

    /**
     * Opens the library that the engine has loaded, or loads now.
     *
     * @throws UnsatisfiedLinkError where it has another name, as on Windows; so does looking up what it does not export
     */
    static NativeLibrary open() {
        NativeSettings.apply();
        Engine.getInstance();
        String file = Platform.isMac() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";
        return NativeLibrary.getInstance(
                Path.of(LibUtils.getLibtorchPath(), file).toString());
    }
}
