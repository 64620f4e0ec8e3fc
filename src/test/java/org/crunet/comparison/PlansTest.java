package org.crunet.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.crunet.files.Folders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plans among the notebooks are what their rows were made by. */
class PlansTest {

    private static final Path STUDIES = Path.of("notebooks/studies");

    @TempDir
    private Path folder;

    private Study plan(String name) throws Exception {
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "-d",
                        folder.toString(),
                        STUDIES.resolve(name + ".java").toString());
        assertEquals(0, failed, "it does not compile");
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            var study = loader.loadClass(name).getDeclaredMethod("study");
            study.setAccessible(true);
            return (Study) study.invoke(null);
        }
    }

    /** Those that are made otherwise are refused. */
    @Test
    void rowsOfEveryPlanAreMadeAsItSays() throws Exception {
        List<String> plans = new ArrayList<>();
        for (Path file : Folders.list(STUDIES, "\\w+\\.java")) {
            String name = file.getFileName().toString().replace(".java", "");
            Study study = plan(name);
            Results results = study.results(STUDIES.resolve(name + ".csv").toString());
            assertEquals(study.plan().size(), results.rows().size() + results.missing(), name);
            plans.add(name);
        }
        assertTrue(plans.contains("Bf16") && plans.contains("Cifar10"), plans.toString());
    }

    @Test
    void networksOfTheStudyHaveTheSizesOfItsQuestions() throws Exception {
        Study study = plan("Cifar10");
        Set<Long> sizes = study.candidates().stream()
                .filter(one -> one.group() == 0)
                .map(one -> one.network().parameters())
                .collect(Collectors.toSet());
        assertEquals(Set.of(272_282L, 272_730L, 272_802L, 272_466L), sizes);
        Set<Long> arithmetic = study.candidates().stream()
                .filter(one -> one.group() == 3)
                .map(one -> one.network().cost().multiplyAdds())
                .collect(Collectors.toSet());
        assertEquals(Set.of(40_813_184L), arithmetic, "that of PreResNet-20");
        assertTrue(study.plan().size() >= 24, "rows");
    }
}
