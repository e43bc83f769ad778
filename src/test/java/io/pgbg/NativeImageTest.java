package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What native-image cannot see by itself: each place in the compiled classes that reaches something by its name is known
 * here, with the metadata that it needs.
 */
class NativeImageTest {

    private static final String METADATA = "/META-INF/native-image/io.pgbg/pgbg-jdbc/";

    private static final Pattern REFLECTIVE = Pattern.compile("java\\.lang\\.Class\\.(forName|getMethods?|getField|"
            + "getDeclared(Method|Field|Constructor)s?|getConstructors?|getResource.*|newInstance)"
            + "|java\\.lang\\.ClassLoader\\.(loadClass|getResource.*|getSystemResource.*)"
            + "|java\\.lang\\.reflect\\.Proxy\\.newProxyInstance"
            + "|java\\.lang\\.reflect\\.(Method\\.invoke|Constructor\\.newInstance)"
            + "|java\\.lang\\.invoke\\.MethodHandles\\$Lookup\\.(find|unreflect).*"
            + "|java\\.util\\.(ServiceLoader\\.load.*|ResourceBundle\\.getBundle)"
            + "|javax\\.management\\.MBeanServer\\.registerMBean");

    private static final Set<String> STATEMENTS = Set.of("java.sql.CallableStatement", "java.sql.PreparedStatement",
            "java.sql.Statement", "java.sql.Wrapper", "org.postgresql.PGStatement",
            "org.postgresql.core.BaseStatement");

    private static final String LOCK = "org.postgresql.core.QueryExecutorBase";
    private static final String FIELD = "org.postgresql.core.Field";
    private static final String VERSION = "org.postgresql.util.DriverInfo";
    private static final String PARAMETERS = "java.sql.ParameterMetaData";

    /** Class and method, and what the metadata must hold for it. */
    private static final Map<String, Set<String>> KNOWN = new TreeMap<>(Map.ofEntries(
            Map.entry("io.pgbg.PostgresVersion java.lang.Class.forName", Set.of(VERSION)),
            Map.entry("io.pgbg.PostgresVersion java.lang.Class.getField", Set.of(VERSION)),
            Map.entry("io.pgbg.execution.OutParameters java.lang.Class.getMethod", Set.of("java.sql.ResultSet")),
            Map.entry("io.pgbg.execution.PieceStatements java.lang.reflect.Method.invoke", STATEMENTS),
            Map.entry("io.pgbg.execution.PieceStatements java.lang.reflect.Proxy.newProxyInstance",
                    Set.of(PARAMETERS)),
            Map.entry("io.pgbg.monitor.JobRecorder java.lang.Class.forName", Set.of("jdk.jfr.Event")),
            Map.entry("io.pgbg.monitor.JobsBean javax.management.MBeanServer.registerMBean",
                    Set.of("io.pgbg.monitor.JobsMXBean", "io.pgbg.monitor.RunningJob")),
            Map.entry("io.pgbg.monitor.Management java.lang.Class.forName", Set.of("javax.management.StandardMBean")),
            Map.entry("io.pgbg.relay.FunctionTexts java.lang.Class.getResourceAsStream", Set.of("io/pgbg/relay/")),
            // nothing is loaded late in a native image
            Map.entry("io.pgbg.wire.AnswerClasses java.lang.Class.forName", Set.of()),
            Map.entry("io.pgbg.wire.CursorFetch java.lang.invoke.MethodHandles$Lookup.findVirtual",
                    Set.of("org.postgresql.core.QueryExecutor\"")),
            Map.entry("io.pgbg.wire.ExecutorLock java.lang.Class.getDeclaredField", Set.of(LOCK)),
            Map.entry("io.pgbg.wire.ExecutorLock java.lang.invoke.MethodHandles$Lookup.unreflectGetter", Set.of(LOCK)),
            Map.entry("io.pgbg.wire.Fields java.lang.Class.getMethod", Set.of(FIELD)),
            Map.entry("io.pgbg.wire.Fields java.lang.invoke.MethodHandles$Lookup.findConstructor", Set.of(FIELD)),
            Map.entry("io.pgbg.wire.Fields java.lang.invoke.MethodHandles$Lookup.findVirtual", Set.of(FIELD)),
            Map.entry("io.pgbg.wire.StatementProxy java.lang.reflect.Proxy.newProxyInstance", STATEMENTS),
            Map.entry("io.pgbg.wire.WatchedSocketFactory java.lang.Class.forName",
                    Set.of("io.pgbg.wire.WatchedSocketFactory"))));

    private static String read(String name) throws IOException {
        try (InputStream text = Driver.class.getResourceAsStream(METADATA + name)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void allThatIsReachedByNameIsKnown() throws IOException {
        String metadata = read("reflect-config.json") + read("proxy-config.json") + read("resource-config.json");
        Set<String> found = new TreeSet<>();
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.pgbg");
        classes.stream().filter(type -> !type.getPackageName().equals("io.pgbg.build")).forEach(type -> {
            for (JavaCall<?> call : type.getMethodCallsFromSelf()) {
                String target = call.getTargetOwner().getName() + "." + call.getTarget().getName();
                if (REFLECTIVE.matcher(target).matches()) {
                    found.add(type.getName().replaceFirst("\\$.*", "") + " " + target);
                }
            }
        });
        assertThat(found).isEqualTo(KNOWN.keySet());
        KNOWN.values().forEach(needed -> assertThat(needed).allSatisfy(name -> assertThat(metadata).contains(name)));
    }

    @Test
    void whatTheMetadataNamesIsThere() throws Exception {
        Matcher name = Pattern.compile("\"((?:io\\.pgbg|java|javax|jdk|org\\.postgresql)\\.[A-Za-z.]+)\"")
                .matcher(read("reflect-config.json") + read("proxy-config.json"));
        Set<String> names = new TreeSet<>();
        while (name.find()) {
            names.add(name.group(1));
        }
        assertThat(names).hasSizeGreaterThan(15);
        for (String each : names) {
            assertThat(Class.forName(each, false, Driver.class.getClassLoader())).as(each).isNotNull();
        }
    }

    /** Each of the texts that the driver reads, which {@link java.lang.Class#getResourceAsStream} finds by name. */
    @Test
    void theResourcesAreNamed() throws Exception {
        Matcher pattern = Pattern.compile("\"pattern\": \"(.*)\"").matcher(read("resource-config.json"));
        assertThat(pattern.find()).isTrue();
        Pattern resources = Pattern.compile(pattern.group(1).replace("\\\\", "\\"));
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/io/pgbg/relay"))) {
            assertThat(files.map(file -> "io/pgbg/relay/" + file.getFileName()).toList()).isNotEmpty()
                    .allMatch(resources.asMatchPredicate());
        }
    }
}
