package org.crunet;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

/** Dependencies run one way, and only the notebook package knows Tablesaw, Plotly and Jupyter. */
class ArchitectureTest {

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(location -> !location.contains("/test-classes/"))
            .importPackages("org.crunet");

    @Test
    void dependenciesRunOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .withOptionalLayers(true)
                .layer("tensor")
                .definedBy("org.crunet.tensor..")
                .layer("block")
                .definedBy("org.crunet.block..")
                .layer("network")
                .definedBy("org.crunet.network..")
                .layer("data")
                .definedBy("org.crunet.data..")
                .layer("training")
                .definedBy("org.crunet.training..")
                .layer("evaluation")
                .definedBy("org.crunet.evaluation..")
                .layer("zoo")
                .definedBy("org.crunet.zoo..")
                .layer("exchange")
                .definedBy("org.crunet.exchange..")
                .layer("notebook")
                .definedBy("org.crunet.notebook..")
                .whereLayer("notebook")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("exchange")
                .mayOnlyBeAccessedByLayers("notebook")
                .whereLayer("zoo")
                .mayOnlyBeAccessedByLayers("notebook")
                .whereLayer("evaluation")
                .mayOnlyBeAccessedByLayers("notebook")
                .whereLayer("training")
                .mayOnlyBeAccessedByLayers("evaluation", "notebook")
                .whereLayer("data")
                .mayOnlyBeAccessedByLayers("training", "evaluation", "zoo", "exchange", "notebook")
                .whereLayer("network")
                .mayOnlyBeAccessedByLayers("training", "evaluation", "zoo", "exchange", "notebook")
                .whereLayer("block")
                .mayOnlyBeAccessedByLayers("network", "training", "evaluation", "zoo", "exchange", "notebook")
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
