package io.pgbg;

import java.util.Hashtable;
import javax.naming.Context;
import javax.naming.Name;
import javax.naming.Reference;
import javax.naming.spi.ObjectFactory;

/** Makes a {@link PgbgDataSource} from the reference that JNDI has stored. Stateless. */
public final class PgbgObjectFactory implements ObjectFactory {

    /** Makes a factory, as JNDI does. */
    public PgbgObjectFactory() {
        // Declared for its comment alone.
    }

    @Override
    public Object getObjectInstance(Object kept, Name name, Context context, Hashtable<?, ?> environment) {
        if (!(kept instanceof Reference reference)
                || !reference.getClassName().equals(PgbgDataSource.class.getName())) {
            return null;
        }
        PgbgDataSource source = new PgbgDataSource();
        source.setFromReference(reference);
        return source;
    }
}
