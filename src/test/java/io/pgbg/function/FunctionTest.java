package io.pgbg.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FunctionTest {

    @Test
    void onlyLaunchMeansSomethingElseInTheSecondVersion() {
        assertThat(Function.names().stream()
                .filter(name -> !Function.of(name, Api.ONE).equals(Function.of(name, Api.TWO))))
                .containsExactly("pg_background_launch");
        assertThat(Function.of("pg_background_launch", Api.ONE).result().shape()).isEqualTo(ResultType.Shape.VALUE);
        assertThat(Function.of("pg_background_launch", Api.TWO).result().shape()).isEqualTo(ResultType.Shape.HANDLE);
    }

    @Test
    void aNameOfNoFunctionIsRefused() {
        assertThatThrownBy(() -> Function.of("pg_background_list_v3", Api.ONE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(Function.ofOperation("list_v3")).isNull();
    }

    @ParameterizedTest
    @EnumSource(Api.class)
    void everyNameIsOneOfItsFunctionAndInLowerCase(Api api) {
        for (Function function : Function.values()) {
            List<String> names = function.sqlNames().stream().filter(name -> name.isIn(api))
                    .map(Function.Name::text).toList();
            assertThat(names).allSatisfy(name -> {
                assertThat(Function.of(name, api)).isEqualTo(function);
                assertThat(name).isEqualTo(name.toLowerCase(Locale.ROOT)).contains("pg_background_");
            });
        }
    }

    @ParameterizedTest
    @EnumSource(Function.class)
    void whatMayBeLeftOutStandsBehindWhatMayNot(Function function) {
        String optional = function.parameters().stream().map(parameter -> parameter.optional() ? "o" : "r")
                .collect(Collectors.joining());
        assertThat(optional).matches("r*o*");
        assertThat(function.parameters().stream().map(Function.Parameter::name)).doesNotHaveDuplicates();
        assertThat(function.result().columns().stream().map(ResultType.Column::name)).doesNotHaveDuplicates();
    }

    @Test
    void operationsAreToldApart() {
        assertThat(Arrays.stream(Function.values()).map(Function::operation)).doesNotHaveDuplicates()
                .allSatisfy(word -> assertThat(Function.ofOperation(word)).isNotNull());
        // functions that an older driver has installed ask for these
        assertThat(List.of("launch", "result", "detach")).allMatch(word -> Function.ofOperation(word) != null);
    }

    @Test
    void functionsAreOfAKind() {
        assertThat(Arrays.stream(Function.values()).filter(Function::asksSession)).containsExactlyInAnyOrder(
                Function.LAUNCH, Function.LAUNCH_HANDLE, Function.SUBMIT, Function.RUN, Function.RUN_QUERY,
                Function.STATS, Function.STATS_V2);
        assertThat(ofType(Names.HANDLE)).containsExactlyInAnyOrder(
                Function.LAUNCH_HANDLE, Function.SUBMIT, Function.DRAIN, Function.WAIT_ANY);
        assertThat(ofType(Names.STATISTICS)).containsExactly(Function.STATS_V2);
        assertThat(ofType(Names.PROGRESS)).containsExactly(Function.GET_PROGRESS);
        assertThatThrownBy(() -> Function.resultOfType("integer")).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<Function> ofType(String type) {
        return Arrays.stream(Function.values()).filter(function -> type.equals(function.typeName())).toList();
    }

    @ParameterizedTest
    @EnumSource(Function.class)
    void aPidAloneIsEnoughWhereTheCookieIsAnOverload(Function function) {
        boolean overload = function.parameters().stream()
                .anyMatch(parameter -> parameter.optional() && parameter.defaultSql() == null);
        assertThat(function.takesPidAlone()).isEqualTo(overload);
    }

    @Test
    void resultsTellWhetherTheyAreSets() {
        assertThat(Function.RESULT.result().isSet()).isTrue();
        assertThat(Function.LIST.result().isSet()).isTrue();
        assertThat(Function.SUBMIT.result().isSet()).isFalse();
        assertThat(Function.WAIT.result().isSet()).isFalse();
    }
}
