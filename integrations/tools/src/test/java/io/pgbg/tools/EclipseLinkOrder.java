package io.pgbg.tools;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.UUID;

/** An entity whose keys come from a sequence. */
@Entity
@Table(name = "orders")
class EclipseLinkOrder {

    /** Kept by name. */
    enum State {
        OPEN, PAID
    }

    @Id
    @GeneratedValue(strategy = GenerationType.SEQUENCE)
    Long id;

    UUID reference;

    @Column(precision = 10, scale = 2)
    BigDecimal amount;

    LocalDateTime placed;
    byte[] picture;

    @Enumerated(EnumType.STRING)
    State state;

    EclipseLinkOrder() {
    }

    EclipseLinkOrder(String amount) {
        this.amount = new BigDecimal(amount);
        reference = UUID.fromString("6f2b1c1e-8d0b-4d8e-9b8c-0a4d5f6a7b8c");
        placed = LocalDateTime.parse("2024-02-29T12:00:00");
        picture = new byte[] {1, 2, 3};
        state = State.OPEN;
    }
}
