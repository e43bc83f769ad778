package io.pgbg.benchmark;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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
 */
public final class Comparison {

    private static final String DBLINK_BENCHMARKS = "\\.dblink$";

    private final Map<String, Result<?>> results = new TreeMap<>();

    private Comparison(Collection<RunResult> runs) {
        for (RunResult run : runs) {
            results.put(run.getParams().getBenchmark(), run.getPrimaryResult());
        }
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
        new Comparison(new Runner(options.build()).run()).print();
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

    private void print() throws ReflectiveOperationException {
        System.out.printf("%n%-48s %-23s %s%n", "Benchmark", "      median", "ratios of medians");
        for (Map.Entry<String, Result<?>> entry : results.entrySet()) {
            Result<?> result = entry.getValue();
            System.out.printf(Locale.ROOT, "%-48s %12.3f %-10s %s%n", shortName(entry.getKey()), median(result),
                    result.getScoreUnit(), ratios(entry.getKey(), result));
        }
    }

    private String ratios(String benchmark, Result<?> result) throws ReflectiveOperationException {
        String type = benchmark.substring(0, benchmark.lastIndexOf('.'));
        StringBuilder ratios = new StringBuilder();
        for (String other : comparedWith(type, benchmark.substring(type.length() + 1))) {
            Result<?> otherResult = results.get(type + "." + other);
            if (otherResult != null) {
                ratios.append(ratios.isEmpty() ? "" : ", ").append(String.format(Locale.ROOT, "%.2f x %s",
                        median(result) / median(otherResult), other));
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

    private static double median(Result<?> result) {
        return result.getStatistics().getPercentile(50);
    }

    private static String shortName(String benchmark) {
        String type = benchmark.substring(0, benchmark.lastIndexOf('.'));
        return benchmark.substring(type.lastIndexOf('.') + 1);
    }
}
