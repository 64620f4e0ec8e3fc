package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Map;
import org.crunet.tensor.AlsSettings;
import org.crunet.tensor.BlockTerms;
import org.crunet.tensor.Decomposition;
import org.crunet.tensor.Rank;
import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.crunet.training.Loss;
import org.crunet.training.Pass;
import org.crunet.training.Recipe;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Table;

class TablesTest {

    private record Measured(int conv1, long parameters, Double topFive, boolean sharedFactors, Object where) {}

    @Test
    void componentsBecomeColumnsOfTheirType() {
        Table table =
                Tables.of(List.of(new Measured(1, 2L, 0.5, true, List.of(3)), new Measured(4, 5L, null, false, null)));
        assertEquals(List.of("conv-1", "parameters", "top five", "shared factors", "where"), table.columnNames());
        assertEquals(
                List.of(ColumnType.INTEGER, ColumnType.LONG, ColumnType.DOUBLE, ColumnType.BOOLEAN, ColumnType.STRING),
                List.of(table.typeArray()));
        assertEquals("[3]", table.stringColumn("where").get(0));
        assertTrue(table.column("top five").isMissing(1));
        assertTrue(table.column("where").isMissing(1));
    }

    @Test
    void historyHasColumnsAlsoBeforeItsFirstEpoch() {
        Table table = Tables.of(new History(List.of()));
        assertEquals(0, table.rowCount());
        assertEquals(
                List.of(
                        "epoch",
                        "train loss",
                        "train top-1",
                        "validation loss",
                        "validation top-1",
                        "validation top-5",
                        "learning rate",
                        "images per second",
                        "seconds",
                        "resident megabytes"),
                table.columnNames());
    }

    @Test
    void metricsAreColumnsAtTheEnd() {
        Table table = Tables.of(new History(List.of(
                new Epoch(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, Map.of("worst class", 0.25)),
                new Epoch(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, Map.of("worst class", 0.5, "seconds", 7.)))));
        assertEquals(12, table.columnCount());
        assertEquals("worst class", table.column(10).name());
        assertEquals(7, table.doubleColumn("seconds (metric)").get(1));
        assertEquals(List.of(0.25, 0.5), table.doubleColumn("worst class").asList());
    }

    @Test
    void noRecordsGiveAnEmptyTable() {
        assertEquals(0, Tables.of(List.of()).columnCount());
    }

    @Test
    void mixedRecordsAreRefused() {
        var mixed = List.of(new Measured(1, 2L, 0.5, true, ""), new Epoch(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, Map.of()));
        var error = assertThrows(IllegalArgumentException.class, () -> Tables.of(mixed));
        assertTrue(error.getMessage().contains("Measured"), error.getMessage());
    }

    @Test
    void somethingWithoutATableSaysWhatToGive() {
        var error = assertThrows(IllegalArgumentException.class, () -> Chart.lines("text", "x", "y"));
        assertEquals(
                "no table in java.lang.String: give a Table, History, Run, Comparison, Cost or decomposition, or a list of records of one class, architectures or decompositions",
                error.getMessage());
        var list = assertThrows(IllegalArgumentException.class, () -> Tables.of(List.of("a", "b", 1)));
        assertTrue(
                list.getMessage().startsWith("no table in a list of java.lang.String and java.lang.Integer: give "),
                list.getMessage());
    }

    @Test
    void decompositionsHaveARowEachAndSweepsToo() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray kernel = manager.randomNormal(new Shape(12, 10, 3, 3));
            Decomposition found = BlockTerms.of(kernel, 3, new Rank(2, 2)).factorise(AlsSettings.DEFAULT.withSweeps(4));
            Table rows = Tables.of(List.of(Decompositions.read(manager, 8), found));
            assertEquals(
                    List.of("terms", "core", "relative error", "parameters", "dense", "sweeps", "ending"),
                    rows.columnNames());
            assertEquals("2 x 2 x 3 x 3", rows.getString(1, "core"));
            Table sweeps = Tables.of(found);
            assertEquals(List.of("sweep", "relative error"), sweeps.columnNames());
            assertEquals(4, sweeps.rowCount());
            Table layers = Tables.of(found.layers());
            assertEquals("(6, 10, 1, 1)", layers.getString(0, "weight"));
        }
    }

    @Test
    void aRecipeIsATableOfItsFields() {
        Table table = Tables.fields(Recipe.QUICK);
        assertEquals(22, table.rowCount());
        assertEquals("learningRate", table.getString(4, "field"));
        assertEquals("0.05", table.getString(4, "value"));
        Recipe own = Recipe.QUICK.withLoss(Loss.named("mine", Pass::crossEntropy));
        assertEquals("mine", Tables.fields(own).getString(7, "value"), "and no lambda");
        assertTrue(Views.of(Recipe.QUICK).text().contains("Sgd[momentum=0.9, nesterov=true]"));
        assertTrue(
                Views.of(Recipe.AUTHORS)
                        .text()
                        .contains(Recipe.AUTHORS.augmentation().toString()),
                "all of it");
    }
}
