package io.pgbg;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reads the compiled classes: which room uses which is as docs/architecture.md says. */
class RoomsTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.pgbg");

    /** The rooms, each with those that it may use. All may use {@code io.pgbg}. */
    private enum Room {
        SQL,
        FUNCTION,
        WIRE,
        WORKER(WIRE),
        JOB(WORKER, WIRE, SQL),
        MONITOR(JOB, WORKER, WIRE),
        RELAY(JOB, WORKER, WIRE, FUNCTION, SQL),
        SESSION(RELAY, MONITOR, JOB, WORKER, WIRE, FUNCTION, SQL),
        CALL(SESSION, RELAY, JOB, WORKER, WIRE, FUNCTION, SQL),
        EXECUTION(CALL, SESSION, RELAY, JOB, WORKER, WIRE, FUNCTION, SQL),
        PROXY(EXECUTION, CALL, SESSION, RELAY, JOB, WIRE, FUNCTION, SQL);

        private final List<Room> mayUse;

        Room(Room... mayUse) {
            this.mayUse = List.of(mayUse);
        }

        String packageName() {
            return "io.pgbg." + name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private static Set<JavaClass> classesOf(String packageName) {
        return CLASSES.stream().filter(found -> found.getPackageName().equals(packageName)
                && !found.getSimpleName().equals("package-info")).collect(Collectors.toSet());
    }

    @ParameterizedTest
    @EnumSource(Room.class)
    void usesOnlyTheRoomsBelowIt(Room room) {
        assertThat(classesOf(room.packageName())).isNotEmpty();
        String[] others = Arrays.stream(Room.values()).filter(other -> other != room && !room.mayUse.contains(other))
                .map(Room::packageName).toArray(String[]::new);

        noClasses().that().resideInAPackage(room.packageName())
                .should().dependOnClassesThat().resideInAnyPackage(others).check(CLASSES);
    }

    @Test
    void hasNoOtherRooms() {
        Set<String> rooms = Stream.concat(Stream.of("io.pgbg", "io.pgbg.build"),
                Arrays.stream(Room.values()).map(Room::packageName)).collect(Collectors.toSet());

        assertThat(CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet())).isEqualTo(rooms);
    }

    @ParameterizedTest
    @EnumSource(Room.class)
    void saysWhatItIs(Room room) {
        assertThat(Path.of("src/main/java", room.packageName().replace('.', '/'), "package-info.java"))
                .satisfies(file -> assertThat(Files.readString(file)).startsWith("/**"));
    }

    @Test
    void onlyWireKnowsTheInsideOfPgjdbc() {
        // the faces are BaseConnections and BaseStatements themselves: applications cast to them
        noClasses().that().resideOutsideOfPackages("io.pgbg.wire", "io.pgbg.proxy")
                .should().dependOnClassesThat().resideInAPackage("org.postgresql.core..").check(CLASSES);
    }

    @Test
    void theApiUsesTheRoomsOnlyWhereItMakesConnections() {
        noClasses().that().resideInAPackage("io.pgbg").and().haveSimpleNameNotContaining("Driver")
                .should().dependOnClassesThat().resideInAnyPackage("io.pgbg.session", "io.pgbg.execution",
                        "io.pgbg.call", "io.pgbg.relay", "io.pgbg.job", "io.pgbg.proxy").check(CLASSES);
    }
}
