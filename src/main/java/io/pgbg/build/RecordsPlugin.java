package io.pgbg.build;

import static net.bytebuddy.matcher.ElementMatchers.isDeclaredBy;
import static net.bytebuddy.matcher.ElementMatchers.isEquals;
import static net.bytebuddy.matcher.ElementMatchers.isFinal;
import static net.bytebuddy.matcher.ElementMatchers.isHashCode;

import net.bytebuddy.build.Plugin;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.implementation.EqualsMethod;
import net.bytebuddy.implementation.HashCodeMethod;

/**
 * Writes the methods {@code equals} and {@code hashCode} of records out, where the compiler leaves them to the JVM: Java
 * 17 then keeps the class of the record that it has compared last, and with it the class loader of the driver, alive.
 * The compiler makes its own methods final, and those that stand in the source are left alone. Stateless.
 */
public final class RecordsPlugin implements Plugin {

    @Override
    public boolean matches(TypeDescription type) {
        return type.isRecord();
    }

    @Override
    public DynamicType.Builder<?> apply(DynamicType.Builder<?> builder, TypeDescription type,
            ClassFileLocator classFileLocator) {
        return builder.method(isEquals().and(isFinal()).and(isDeclaredBy(type))).intercept(EqualsMethod.isolated())
                .method(isHashCode().and(isFinal()).and(isDeclaredBy(type)))
                .intercept(HashCodeMethod.usingDefaultOffset());
    }

    @Override
    public void close() {
        // Nothing is held open.
    }
}
