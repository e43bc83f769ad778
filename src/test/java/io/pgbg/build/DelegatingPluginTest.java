package io.pgbg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.proxy.Delegating;
import java.sql.Wrapper;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import net.bytebuddy.pool.TypePool;
import org.junit.jupiter.api.Test;

/** Completes small classes and uses them. The build itself completes only the classes of the product. */
class DelegatingPluginTest {

    private final DelegatingPlugin plugin = new DelegatingPlugin();

    @Test
    void takesOnlyAbstractMarkedClasses() {
        assertThat(plugin.matches(ClassFiles.describe(Names.class))).isTrue();
        assertThat(plugin.matches(ClassFiles.describe(Finished.class))).isFalse();
        assertThat(plugin.matches(ClassFiles.describe(Unmarked.class))).isFalse();
    }

    @Test
    @SuppressWarnings("unchecked")
    void delegatesAdoptsAndConstructs() throws Exception {
        Class<?> completed = complete(Names.class);

        Iterable<String> names = (Iterable<String>) completed.getDeclaredMethod("wrap", List.class)
                .invoke(null, List.of("a", "b"));

        assertThat(names).containsExactly("a", "b");
        assertThat(names.spliterator().estimateSize()).as("a default method").isEqualTo(2);
        assertThat(((Callable<Object>) names).call()).as("declared by the class").isEqualTo("own");
        assertThat(completed.getMethod("iterator").invoke(names).getClass().getSimpleName()).isEqualTo("Adopted");
    }

    @Test
    void castsWhenTheFieldsTypeLacksTheInterface() throws Exception {
        Class<?> completed = complete(Cast.class);
        Callable<?> call = (Callable<?>) completed.getDeclaredMethod("wrap", Object.class)
                .invoke(null, (Callable<String>) () -> "called");
        assertThat(call.call()).isEqualTo("called");
    }

    @Test
    void refusesWhatItCannotComplete() {
        assertThatThrownBy(() -> complete(WithoutField.class)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("delegate");
        assertThatThrownBy(() -> complete(OwnInterface.class)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("must declare").hasMessageContaining("mine");
        assertThatThrownBy(() -> complete(TwoConstructors.class)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("exactly one constructor");
        assertThatThrownBy(() -> complete(OtherArguments.class)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("must take");
    }

    private Class<?> complete(Class<?> type) {
        ClassFileLocator locator = ClassFileLocator.ForClassLoader.of(type.getClassLoader());
        TypeDescription description = ClassFiles.describe(type);
        // In a loader of its own, child first, so that the class as compiled is not in the way.
        return plugin.apply(new ByteBuddy().redefine(description, locator), description, locator)
                .make()
                .load(type.getClassLoader(), ClassLoadingStrategy.Default.CHILD_FIRST)
                .getLoaded();
    }

    /** Reads classes from their files, as the build does. */
    private static final class ClassFiles {

        private static final TypePool POOL = TypePool.Default.of(DelegatingPluginTest.class.getClassLoader());

        static TypeDescription describe(Class<?> type) {
            return POOL.describe(type.getName()).resolve();
        }
    }

    /** What the adopting method below gives. */
    public static final class Adopted implements Iterator<String> {
        private final Iterator<String> delegate;

        public Adopted(Iterator<String> delegate) {
            this.delegate = delegate;
        }

        @Override
        public boolean hasNext() {
            return delegate.hasNext();
        }

        @Override
        public String next() {
            return delegate.next();
        }
    }

    @Delegating
    public abstract static class Names implements Iterable<String>, Callable<Object> {
        final List<String> delegate;

        public Names(List<String> delegate) {
            this.delegate = delegate;
        }

        public static Names wrap(List<String> delegate) {
            throw new IllegalStateException("not built");
        }

        @Override
        public Object call() {
            return "own";
        }

        @SuppressWarnings("unchecked")
        public Iterator<?> adopt(Iterator<?> raw) {
            return new Adopted((Iterator<String>) raw);
        }
    }

    @Delegating
    public abstract static class Cast implements Callable<Object> {
        final Object delegate;

        public Cast(Object delegate) {
            this.delegate = delegate;
        }

        public static Cast wrap(Object delegate) {
            throw new IllegalStateException("not built");
        }
    }

    @Delegating
    public abstract static class WithoutField implements Wrapper {
    }

    public interface Mine {
        void mine();
    }

    @Delegating
    public abstract static class OwnInterface implements Mine {
        final Mine delegate = null;
    }

    @Delegating
    public abstract static class TwoConstructors {
        final Object delegate = null;

        public TwoConstructors() {
        }

        public TwoConstructors(int unused) {
        }

        public static TwoConstructors wrap() {
            throw new IllegalStateException("not built");
        }
    }

    @Delegating
    public abstract static class OtherArguments {
        final Object delegate = null;

        public static OtherArguments wrap(int unused) {
            throw new IllegalStateException("not built");
        }
    }

    @Delegating
    public static class Finished {
        final Object delegate = null;
    }

    public abstract static class Unmarked {
        final Object delegate = null;
    }
}
