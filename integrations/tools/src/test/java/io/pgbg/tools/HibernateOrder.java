package io.pgbg.tools;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/** An entity with the columns for which Hibernate has to know that it talks to PostgreSQL. */
@Entity
@Table(name = "orders")
class HibernateOrder {

    /** Becomes a type of the database. */
    enum State {
        OPEN, PAID
    }

    @Id
    @GeneratedValue(strategy = GenerationType.SEQUENCE)
    Long id;

    UUID reference;
    BigDecimal amount;
    Instant placed;
    String[] tags;
    List<Integer> quantities;
    InetAddress origin;

    @JdbcTypeCode(SqlTypes.NAMED_ENUM)
    State state;

    @JdbcTypeCode(SqlTypes.JSON)
    Map<String, String> details;

    @JdbcTypeCode(SqlTypes.INTERVAL_SECOND)
    Duration delivery;

    HibernateOrder() {
    }

    HibernateOrder(String amount) {
        this.amount = new BigDecimal(amount);
        reference = UUID.fromString("6f2b1c1e-8d0b-4d8e-9b8c-0a4d5f6a7b8c");
        placed = Instant.parse("2024-02-29T12:00:00Z");
        tags = new String[] {"new", "gift"};
        quantities = List.of(1, 2, 3);
        origin = InetAddress.getLoopbackAddress();
        state = State.OPEN;
        details = Map.of("colour", "red");
        delivery = Duration.ofMinutes(90);
    }
}
