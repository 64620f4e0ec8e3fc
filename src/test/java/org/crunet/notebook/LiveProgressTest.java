package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.crunet.base.Progress;
import org.junit.jupiter.api.Test;

class LiveProgressTest {

    private long now;

    @Test
    void quickWorkShowsNothing() {
        assertEquals(List.of(), lines(progress -> {
            now = 1_900_000_000L;
            progress.done(99);
        }));
    }

    @Test
    void longWorkShowsHowMuchIsDoneAndLeftTwiceASecond() {
        assertEquals(
                List.of(
                        "[#####               ] reading: 25 of 100",
                        "[######              ] reading: 30 of 100, 7 s left",
                        "[####################] reading: 100 of 100, 9 s"),
                lines(progress -> {
                    at(progress, 2.0, 25);
                    at(progress, 2.1, 26);
                    at(progress, 2.2, 24);
                    at(progress, 2.5, 30);
                    at(progress, 2.6, 100);
                    now = 9_000_000_000L;
                }));
    }

    @Test
    void whatWasDoneBeforeSaysNothingAboutTheTimeLeft() {
        assertEquals(
                List.of(
                        "[########            ] reading: 40 of 100",
                        "[############        ] reading: 60 of 100",
                        "[##############      ] reading: 70 of 100",
                        "[################    ] reading: 80 of 100, 4 s left",
                        "[################    ] reading: 80 of 100, 7 s"),
                lines(progress -> {
                    at(progress, 2.0, 40, 40);
                    at(progress, 3.0, 60, 60);
                    at(progress, 5.0, 70, 60);
                    at(progress, 6.0, 80, 65);
                    now = 7_000_000_000L;
                }));
    }

    /** The first thing takes two seconds, the next ones half a second each, and all from 21 on a tenth. */
    @Test
    void theTimeLeftIsToldFromWhatWasDoneLast() {
        List<String> lines = lines(progress -> {
            at(progress, 2, 1);
            for (int done = 2; done <= 20; done++) {
                at(progress, 2 + (done - 1) * 0.5, done);
            }
            at(progress, 13.5, 40);
            at(progress, 15.5, 60);
            at(progress, 17.5, 80);
        });
        assertTrue(lines.get(0).endsWith("1 of 100"), lines.get(0));
        assertTrue(lines.get(1).endsWith("2 of 100, 49 s left"), lines.get(1));
        assertTrue(lines.get(22).endsWith("80 of 100, 2 s left"), lines.get(22));
    }

    private void at(Progress progress, double seconds, long done, long before) {
        now = (long) (seconds * 1e9);
        progress.done(done, before);
    }

    private void at(Progress progress, double seconds, long done) {
        now = (long) (seconds * 1e9);
        progress.done(done);
    }

    @Test
    void aTerminalGetsALineNowAndThen() {
        assertEquals(
                List.of(
                        "[######              ] reading: 30 of 100, 1 s left",
                        "[############        ] reading: 61 of 100, 38 s left",
                        "[####################] reading: 100 of 100, 50 s"),
                lines(new LiveProgress("reading", 100, () -> now, true), progress -> {
                    at(progress, 9.9, 25);
                    at(progress, 10, 30);
                    at(progress, 39.9, 60);
                    at(progress, 40, 61);
                    at(progress, 50, 100);
                }));
    }

    private List<String> lines(Consumer<Progress> work) {
        return lines(new LiveProgress("reading", 100, () -> now, false), work);
    }

    private static List<String> lines(LiveProgress made, Consumer<Progress> work) {
        PrintStream console = System.out;
        var printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try (Progress progress = made) {
            work.accept(progress);
        } finally {
            System.setOut(console);
        }
        return printed.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
