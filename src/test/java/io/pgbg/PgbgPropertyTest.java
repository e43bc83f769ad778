package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PgbgPropertyTest {

    @ParameterizedTest
    @EnumSource
    void everyPropertyAllowsItsDefaultAndIsFoundByName(PgbgProperty property) {
        assertThat(property.getName()).startsWith("pgbg");
        assertThat(property.getDescription()).endsWith(".");
        assertThat(PgbgProperty.forName(property.getName())).contains(property);
        assertThatCode(() -> PgbgProperty.check(property.getName(), property.getDefaultValue()))
                .doesNotThrowAnyException();
    }

    /** No property is missing, and none is there that the driver does not have. */
    @Test
    void thePageShowsEachPropertyWithItsDefault() throws IOException {
        String page = Files.readString(Path.of("docs", "connecting.md"));
        List<String> rows = Pattern.compile("(?m)^\\| `(pgbg\\w+)` \\| `(\\w+)` \\|").matcher(page).results()
                .map(row -> row.group(1) + '=' + row.group(2)).toList();
        assertThat(rows).containsExactlyInAnyOrderElementsOf(Arrays.stream(PgbgProperty.values())
                .map(property -> property.getName() + '=' + property.getDefaultValue()).toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "pgbgOnClose | cancel", "pgbgOnClose | wait", "pgbgIdleWorkers | 0", "pgbgIdleTimeout | 0",
        "pgbgMaxWorkers | 1", "pgbgMaxWorkers | 1000", "pgbgInheritSettings | none", "pgbgInheritSettings | work_mem",
        "pgbgInheritSettings | all,app.tenant", "pgbgInheritSettings | work_mem, TimeZone , app.a.b",
        "pgbgInheritSettings | none_of_these",
    })
    void allows(String name, String value) {
        assertThatCode(() -> PgbgProperty.check(name, value)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "pgbgApi | 3 | 1 or 2", "pgbgApi | '' | 1 or 2", "pgbgOnClose | Wait | detach or cancel or wait",
        "pgbgIdleWorkers | -1 | at least 0", "pgbgIdleWorkers | many | at least 0", "pgbgIdleTimeout | 1s | at least 0",
        "pgbgMaxWorkers | 0 | from 1 to 1000", "pgbgMaxWorkers | 1001 | from 1 to 1000",
        "pgbgMaxWorkers | 99999999999999999999 | from 1 to 1000", "pgbgInheritSettings | '' | all, none",
        "pgbgInheritSettings | none,work_mem | all, none", "pgbgInheritSettings | work_mem,none | all, none",
        "pgbgInheritSettings | work_mem, | all, none", "pgbgInheritSettings | 1a | all, none",
        "pgbgInheritSettings | a;b | all, none",
    })
    void refuses(String name, String value, String allowed) {
        assertThatThrownBy(() -> PgbgProperty.check(name, value))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"))
                .hasMessageContaining(name).hasMessageContaining('"' + value + '"').hasMessageContaining(allowed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    void bothVersionsOfTheFunctionsAreAllowed(String version) {
        assertThatCode(() -> PgbgProperty.check("pgbgApi", version)).doesNotThrowAnyException();
    }

    @Test
    void showsItselfToTools() {
        Properties properties = new Properties();
        PgbgProperty.ON_CLOSE.set(properties, "wait");

        DriverPropertyInfo info = PgbgProperty.ON_CLOSE.toDriverPropertyInfo(properties);

        assertThat(info.name).isEqualTo("pgbgOnClose");
        assertThat(info.value).isEqualTo("wait");
        assertThat(info.required).isFalse();
        assertThat(info.choices).containsExactly("detach", "cancel", "wait");
        assertThat(PgbgProperty.MAX_WORKERS.toDriverPropertyInfo(properties).choices).isNull();
    }

    @Test
    void settingNullTakesItOut() {
        Properties properties = new Properties();
        PgbgProperty.ON_CLOSE.set(properties, "wait");
        PgbgProperty.ON_CLOSE.set(properties, null);
        assertThat(properties).isEmpty();
        assertThat(PgbgProperty.ON_CLOSE.getOrDefault(properties)).isEqualTo("detach");
    }
}
