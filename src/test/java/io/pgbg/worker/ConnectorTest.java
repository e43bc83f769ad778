package io.pgbg.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.mockito.Mockito.mock;

import java.sql.Driver;
import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class ConnectorTest {

    @Test
    void aDriverThatGivesNoConnectionIsAnErrorThatSaysSo() {
        // gives null
        Driver driver = mock(Driver.class);
        Properties properties = new Properties();
        properties.setProperty("password", "hidden");
        SQLException error = catchThrowableOfType(SQLException.class, () -> Connector.connect(driver, properties));
        assertThat(error.getSQLState()).isEqualTo("58000");
        assertThat(error.getMessage()).contains("gives no connection").doesNotContain("hidden");
    }
}
