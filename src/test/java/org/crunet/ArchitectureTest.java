package org.crunet;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Dependencies run one way, and only the notebook package knows Tablesaw, Plotly and Jupyter. */
class ArchitectureTest {

    /** A package knows those before it, and nothing behind it. */
    private static final List<String> ORDER = List.of(
            "base",
            "torch",
            "image",
            "files",
            "tensor",
            "block",
            "network",
            "data",
            "scenes",
            "evaluation",
            "training",
            "conversion",
            "comparison",
            "zoo",
            "exchange",
            "notebook");

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(location -> !location.contains("/test-classes/"))
            .importPackages("org.crunet");

    @Test
    void dependenciesRunOneWay() {
        LayeredArchitecture layers = layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (String name : ORDER) {
            layers = layers.layer(name).definedBy("org.crunet." + name);
        }
        for (int i = 0; i < ORDER.size(); i++) {
            String[] later = ORDER.subList(i + 1, ORDER.size()).toArray(String[]::new);
            layers = later.length == 0
                    ? layers.whereLayer(ORDER.get(i)).mayNotBeAccessedByAnyLayer()
                    : layers.whereLayer(ORDER.get(i)).mayOnlyBeAccessedByLayers(later);
        }
        layers.check(MAIN);
    }

    @Test
    void everyPackageIsInTheOrder() {
        Set<String> packages = MAIN.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> !name.equals("org.crunet") && !name.equals("org.crunet.spark"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                ORDER.stream().map(name -> "org.crunet." + name).collect(Collectors.toCollection(TreeSet::new)),
                packages);
    }

    @Test
    void theZooStandsBesideTheOthers() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.crunet.zoo..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.crunet.zoo..")
                .check(MAIN);
    }

    @Test
    void nothingNeedsSpark() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.crunet.spark..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.crunet.spark..", "org.apache.spark..", "scala..")
                .check(MAIN);
    }

    @Test
    void onlyTheNotebookPackageDraws() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.crunet.notebook..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("tech.tablesaw..", "org.dflib..", "io.github.spencerpark..")
                .check(MAIN);
    }
}
