package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NetworksTest {

    static Arguments[] published() {
        return new Arguments[] {
            Arguments.of(Networks.RESNET_50, 25_553_192L, 50),
            Arguments.of(Networks.RESNEXT_50, 25_025_064L, 50),
            Arguments.of(Networks.CRU_NET_56, 25_609_384L, 56),
            Arguments.of(Networks.CRU_NET_116, 43_656_136L, 116),
            Arguments.of(Networks.CRU_NET_116.withClasses(365), 42_355_021L, 116),
        };
    }

    @ParameterizedTest
    @MethodSource("published")
    void parametersAndDepthAreThePapers(Architecture network, long parameters, int depth) {
        assertEquals(parameters, network.parameters());
        assertEquals(depth, network.depth());
    }
}
