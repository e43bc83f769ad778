package io.pgbg.tools;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** An entity whose keys the database gives. */
@Entity
@Table(name = "notes")
class EclipseLinkNote {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Long id;

    String text;

    EclipseLinkNote() {
    }

    EclipseLinkNote(String text) {
        this.text = text;
    }
}
