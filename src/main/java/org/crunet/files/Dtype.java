package org.crunet.files;

import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The number formats of safetensors by the format's own names, and how a number of each becomes a float. */
enum Dtype {
    BOOL(DataType.BOOLEAN, in -> in.get() == 0 ? 0 : 1),
    U8(DataType.UINT8, in -> in.get() & 0xff),
    I8(DataType.INT8, ByteBuffer::get),
    U16(DataType.UINT16, in -> in.getShort() & 0xffff),
    I16(DataType.INT16, ByteBuffer::getShort),
    U32(DataType.UINT32, in -> in.getInt() & 0xffffffffL),
    I32(DataType.INT32, ByteBuffer::getInt),
    U64(DataType.UINT64, in -> unsigned(in.getLong())),
    I64(DataType.INT64, ByteBuffer::getLong),
    F16(DataType.FLOAT16, in -> half(in.getShort())),
    BF16(DataType.BFLOAT16, in -> Float.intBitsToFloat(in.getShort() << 16)),
    F32(DataType.FLOAT32, ByteBuffer::getFloat),
    F64(DataType.FLOAT64, in -> (float) in.getDouble());

    /** What an array can hold: DJL's PyTorch engine ends the process when asked for one of the others. */
    static final Set<Dtype> IN_ARRAYS = EnumSet.complementOf(EnumSet.of(U16, I16, U32, U64, BF16));

    /** Takes the next number of a little-endian buffer. */
    interface Decoder {
        float next(ByteBuffer in);
    }

    final DataType type;
    final Decoder decoder;

    Dtype(DataType type, Decoder decoder) {
        this.type = type;
        this.decoder = decoder;
    }

    /** Returns the format of DJL's type, null if safetensors has none. */
    static Dtype of(DataType type) {
        return Stream.of(values())
                .filter(dtype -> dtype.type == type)
                .findFirst()
                .orElse(null);
    }

    /** Returns the format that has this name, empty if none of those known here has. */
    static Optional<Dtype> named(String name) {
        return Stream.of(values()).filter(dtype -> dtype.name().equals(name)).findFirst();
    }

    /** Sign, 5 bits of exponent, 10 of fraction; Java has this from version 20 on. */
    private static float half(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        int magnitude = switch (exponent) {
            case 0 -> Float.floatToIntBits(fraction * 0x1p-24f);
            case 0x1f -> 0xff << 23 | fraction << 13;
            default -> exponent + 127 - 15 << 23 | fraction << 13;
        };
        return Float.intBitsToFloat(sign | magnitude);
    }

    /** Halves a large number for the conversion; the bit that falls off is kept where it still decides the rounding. */
    private static float unsigned(long bits) {
        return bits >= 0 ? bits : 2f * (bits >>> 1 | bits & 1);
    }
}
