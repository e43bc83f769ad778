package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.SQLState;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForgottenRolesTest {

    @ParameterizedTest
    @ValueSource(ints = {90624, 100023, 110022, 120020, 130007, 140013, 150008, 160004, 170000})
    void releasesThatForgetAreRefused(int version) throws SQLException {
        assertThatThrownBy(() -> ForgottenRoles.check(version, "reader")).isInstanceOfSatisfying(SQLException.class,
                refused -> assertThat(refused.getSQLState()).isEqualTo(SQLState.FEATURE_NOT_SUPPORTED.code()));
        ForgottenRoles.check(version, "none");
    }

    @ParameterizedTest
    @ValueSource(ints = {120022, 130023, 140020, 150010, 160006, 170002, 180000, 190000})
    void releasesThatRememberAreNot(int version) throws SQLException {
        ForgottenRoles.check(version, "reader");
    }

    @Test
    void theServerDecidesByTheSameReleases() {
        assertThat(ForgottenRoles.write("@forgets@")).startsWith("version OPERATOR(pg_catalog.<) 120022 OR version"
                + " OPERATOR(pg_catalog.>=) 130000 AND version OPERATOR(pg_catalog.<) 130018 OR").endsWith("170002");
    }
}
