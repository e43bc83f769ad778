package io.pgbg.benchmark;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.openjdk.jmh.Main;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs benchmarks with the command line of JMH, all of them against one server, and prints the ratios of their medians,
 * which say more than the medians themselves do.
 *
 * <p>The forks are spread over rounds: each round runs every benchmark in one fork. What else the machine does then
 * slows down all of them alike, and the ratio that is printed is the median of the rounds' own.
 */
public final class Comparison {

    private static final String DBLINK_BENCHMARKS = "[.]\\w*[dD]blink$";
    private static final int ROUNDS = 5;

    /** The medians of a benchmark, one for each round that it succeeded in. */
    private final Map<String, Map<Integer, Double>> medians = new TreeMap<>();
    private final Map<String, String> units = new TreeMap<>();

    private Comparison() {
    }

    /**
     * Runs what the arguments choose.
     *
     * @param arguments as JMH takes them; {@code -h} shows them
     * @throws Exception when a run cannot be started
     */
    public static void main(String[] arguments) throws Exception {
        CommandLineOptions commandLine = new CommandLineOptions(arguments);
        if (onlyAsks(commandLine)) {
            Main.main(arguments);
            return;
        }
        ChainedOptionsBuilder options = new OptionsBuilder().parent(commandLine);
        Stream<String> given = commandLine.getJvmArgsPrepend().orElse(List.of()).stream();
        options.jvmArgsPrepend(Stream.concat(given, Stream.of("-D" + Server.URL_PROPERTY + "=" + Server.url()))
                .toArray(String[]::new));
        if (!hasDblink()) {
            System.out.println("# The server has no extension dblink: the benchmarks of dblink are skipped.");
            commandLine.getExcludes().forEach(options::exclude);
            options.exclude(DBLINK_BENCHMARKS);
        }
        int rounds = commandLine.getForkCount().orElse(ROUNDS);
        options.forks(Math.min(rounds, 1));
        Comparison comparison = new Comparison();
        for (int round = 1; round <= Math.max(rounds, 1); round++) {
            System.out.printf("%n# Round %d of %d%n", round, rounds);
            comparison.add(round, new Runner(options.build()).run());
        }
        comparison.print();
    }

    private static boolean onlyAsks(CommandLineOptions options) {
        return options.shouldHelp() || options.shouldList() || options.shouldListWithParams()
                || options.shouldListProfilers() || options.shouldListResultFormats();
    }

    private static boolean hasDblink() throws SQLException {
        try (Connection connection = Server.connect("")) {
            return Dblink.isAvailable(connection);
        }
    }

    private void add(int round, Collection<RunResult> runs) {
        for (RunResult run : runs) {
            Result<?> result = run.getPrimaryResult();
            String benchmark = run.getParams().getBenchmark();
            units.put(benchmark, result.getScoreUnit());
            medians.computeIfAbsent(benchmark, key -> new TreeMap<>())
                    .put(round, result.getStatistics().getPercentile(50));
        }
    }

    private void print() throws ReflectiveOperationException {
        System.out.printf("%n%-52s %12s %-10s %s%n", "Benchmark", "median", "",
                "ratios: median (least to greatest of the rounds)");
        for (Map.Entry<String, Map<Integer, Double>> entry : medians.entrySet()) {
            String benchmark = entry.getKey();
            System.out.printf(Locale.ROOT, "%-52s %12.3f %-10s %s%n", shortName(benchmark),
                    median(entry.getValue().values()), units.get(benchmark), ratios(benchmark, entry.getValue()));
        }
    }

    private String ratios(String benchmark, Map<Integer, Double> own) throws ReflectiveOperationException {
        String type = benchmark.substring(0, benchmark.lastIndexOf('.'));
        StringJoiner ratios = new StringJoiner(", ");
        for (String other : comparedWith(type, benchmark.substring(type.length() + 1))) {
            Map<Integer, Double> others = medians.getOrDefault(type + "." + other, Map.of());
            List<Double> perRound = own.keySet().stream().filter(others::containsKey)
                    .map(round -> own.get(round) / others.get(round)).sorted().toList();
            if (!perRound.isEmpty()) {
                ratios.add(String.format(Locale.ROOT, "%.2f (%.2f to %.2f) x %s", median(perRound), perRound.get(0),
                        perRound.get(perRound.size() - 1), other));
            }
        }
        return ratios.toString();
    }

    private static String[] comparedWith(String type, String method) throws ReflectiveOperationException {
        return Stream.of(Class.forName(type).getMethods())
                .filter(candidate -> candidate.getName().equals(method))
                .map(candidate -> candidate.getAnnotation(ComparedWith.class))
                .filter(Objects::nonNull)
                .findFirst().map(ComparedWith::value).orElse(new String[0]);
    }

    private static double median(Collection<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static String shortName(String benchmark) {
        String type = benchmark.substring(0, benchmark.lastIndexOf('.'));
        return benchmark.substring(type.lastIndexOf('.') + 1);
    }
}
