package org.crunet.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.crunet.data.ImageFolder;
import org.crunet.data.ImageSet;
import org.crunet.network.Architecture;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of a cluster start from; none leaves a connection or a setting behind. */
abstract class OnSpark {

    static final String PARTITIONS = SparkCluster.PARTITIONS;
    static final String HEARTBEAT = "spark.executor.heartbeatInterval";
    static final ImageSet IMAGES = Scenes.painted(32).seed(5).images(500);
    static final Architecture CRU = Networks.smallCru(32).withClasses(8);

    @TempDir
    Path folder;

    @AfterEach
    void disconnect() {
        System.getProperties().keySet().removeIf(name -> name.toString().startsWith("spark."));
        SparkProvider.disconnect();
    }

    /** Forty files, five of a class. */
    void paint() throws IOException {
        for (int i = 0; i < 40; i++) {
            Files.createDirectories(picture(i).getParent());
            ImageIO.write(IMAGES.image(i), "png", picture(i).toFile());
        }
    }

    Path picture(int number) {
        return folder.resolve("val").resolve("class" + number % 8).resolve(number + ".png");
    }

    ImageSet onDisk() {
        return ImageFolder.of(folder.toString()).size(32).onDisk().images("val");
    }
}
