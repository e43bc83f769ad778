package io.pgbg.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import net.bytebuddy.jar.asm.AnnotationVisitor;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Reads the face classes as they were built: nothing may be missing, nothing may leak an object without a face. */
class FaceAuditTest {

    private static final Set<Class<?>> JDBC_OBJECTS = Set.of(Connection.class, Statement.class,
            PreparedStatement.class, CallableStatement.class, ResultSet.class, DatabaseMetaData.class, Array.class);

    /** Of BaseConnection: gives PGobjects for the name and the text of a value, never an array or a result set. */
    private static final String MAKES_VALUES = "getObject(Ljava/lang/String;Ljava/lang/String;[B)Ljava/lang/Object;";

    static Stream<Class<?>> faces() {
        return Stream.of(ProxyConnection.class, ProxyStatement.class, ProxyPreparedStatement.class,
                ProxyCallableStatement.class, ProxyResultSet.class, ProxyDatabaseMetaData.class);
    }

    @ParameterizedTest
    @MethodSource("faces")
    void isConcrete(Class<?> face) {
        assertThat(Modifier.isAbstract(face.getModifiers())).isFalse();
    }

    @ParameterizedTest
    @MethodSource("faces")
    void declaresEveryInterfaceMethod(Class<?> face) throws Exception {
        int visited = 0;
        for (Class<?> declared : interfaces(face)) {
            for (Method method : declared.getDeclaredMethods()) {
                if (Modifier.isStatic(method.getModifiers()) || method.isSynthetic()) {
                    continue;
                }
                Method found = face.getMethod(method.getName(), method.getParameterTypes());
                assertThat(found.getDeclaringClass().isInterface()).as("%s is not overridden", method).isFalse();
                assertThat(Modifier.isAbstract(found.getModifiers())).as("%s", method).isFalse();
                assertThat(found.getDeclaringClass().getPackageName()).isEqualTo(face.getPackageName());
                visited++;
            }
        }
        assertThat(visited).isGreaterThan(50);
    }

    @ParameterizedTest
    @MethodSource("faces")
    void generatedMethodsAreMarkedAndCallTheDelegate(Class<?> face) throws IOException {
        List<BuiltMethod> generated = generated(face);

        assertThat(generated).hasSizeGreaterThan(face == ProxyResultSet.class ? 150 : 30);
        assertThat(generated).allSatisfy(method ->
                assertThat(method.calls()).as(method.name).contains(method.name + method.descriptor));
    }

    @ParameterizedTest
    @MethodSource("faces")
    void generatedMethodsAreInTheOrderOfTheirNames(Class<?> face) throws IOException {
        assertThat(generated(face)).extracting(method -> method.name + method.descriptor).isSorted();
    }

    @ParameterizedTest
    @MethodSource("faces")
    void generatedMethodsKeepExceptionsAndVarargs(Class<?> face) throws Exception {
        Map<String, Method> built = new HashMap<>();
        for (Method method : face.getDeclaredMethods()) {
            built.put(method.getName() + Type.getMethodDescriptor(method), method);
        }
        Map<String, BuiltMethod> generated = new HashMap<>();
        generated(face).forEach(method -> generated.put(method.name + method.descriptor, method));
        int visited = 0;
        for (Class<?> declared : interfaces(face)) {
            for (Method method : declared.getDeclaredMethods()) {
                String key = method.getName() + Type.getMethodDescriptor(method);
                if (generated.containsKey(key)) {
                    assertThat(built.get(key).isVarArgs()).as("%s", method).isEqualTo(method.isVarArgs());
                    assertThat(built.get(key).getGenericReturnType().getTypeName())
                            .isEqualTo(method.getGenericReturnType().getTypeName());
                    visited++;
                }
            }
        }
        assertThat(visited).isPositive();
    }

    @ParameterizedTest
    @MethodSource("faces")
    void noGeneratedMethodGivesAwayAnObjectWithoutFace(Class<?> face) throws IOException {
        for (BuiltMethod method : generated(face)) {
            String returned = Type.getReturnType(method.descriptor).getClassName();
            if (JDBC_OBJECTS.stream().anyMatch(type -> type.getName().equals(returned))) {
                assertThat(method.calls()).as("%s %s", face, method.name)
                        .anyMatch(call -> call.startsWith("adopt("));
            } else if (!(method.name + method.descriptor).equals(MAKES_VALUES)) {
                // Any object may be an array or a ref cursor: such a method must be written by hand.
                assertThat(returned).as("%s %s", face, method.name).doesNotEndWith(".Object");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void everyMethodThatMayFailTellsItsErrors(Class<?> face) throws IOException {
        List<BuiltMethod> failing = methods(face).stream().filter(method -> method.mayFail).toList();

        assertThat(failing).hasSizeGreaterThan(20);
        assertThat(failing).allSatisfy(method -> assertThat(method.calls()).as(method.name + method.descriptor)
                .contains("told(Ljava/sql/SQLException;)Ljava/sql/SQLException;"));
    }

    @Test
    void theAuditSeesTheObjectsThatAreAdopted() throws IOException {
        long adopting = 0;
        for (Class<?> face : faces().toList()) {
            adopting += generated(face).stream()
                    .filter(method -> method.calls().stream().anyMatch(call -> call.startsWith("adopt("))).count();
        }
        assertThat(adopting).isGreaterThan(25);
    }

    @Test
    void aFactoryMakesAnInstance() {
        ProxyConnection face = ProxyConnection.wrap(null, null);
        assertThat(face.getClass()).isEqualTo(ProxyConnection.class);
    }

    private static Set<Class<?>> interfaces(Class<?> type) {
        Set<Class<?>> found = new LinkedHashSet<>();
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            for (Class<?> declared : at.getInterfaces()) {
                found.add(declared);
                found.addAll(interfaces(declared));
            }
        }
        return found;
    }

    private static List<BuiltMethod> generated(Class<?> face) throws IOException {
        return methods(face).stream().filter(method -> method.generated).toList();
    }

    private static List<BuiltMethod> methods(Class<?> face) throws IOException {
        List<BuiltMethod> methods = new ArrayList<>();
        try (InputStream file = face.getResourceAsStream(face.getSimpleName() + ".class")) {
            new ClassReader(file).accept(new ClassVisitor(Opcodes.ASM9) {
                @Override
                public MethodVisitor visitMethod(int access, String name, String descriptor, String signature,
                        String[] exceptions) {
                    boolean open = (access & Opcodes.ACC_PUBLIC) != 0 && (access & Opcodes.ACC_STATIC) == 0
                            && !"<init>".equals(name);
                    BuiltMethod method = new BuiltMethod(name, descriptor, open && exceptions != null
                            && List.of(exceptions).contains(Type.getInternalName(SQLException.class)));
                    methods.add(method);
                    return method;
                }
            }, 0);
        }
        return methods;
    }

    /** What stands in a class file about a method. */
    private static final class BuiltMethod extends MethodVisitor {

        final String name;
        final String descriptor;
        final boolean mayFail;
        private final List<String> calls = new ArrayList<>();
        private boolean generated;

        BuiltMethod(String name, String descriptor, boolean mayFail) {
            super(Opcodes.ASM9);
            this.name = name;
            this.descriptor = descriptor;
            this.mayFail = mayFail;
        }

        List<String> calls() {
            return calls;
        }

        @Override
        public AnnotationVisitor visitAnnotation(String annotation, boolean visible) {
            generated |= annotation.equals(Type.getDescriptor(GeneratedDelegation.class));
            return null;
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String called, String calledDescriptor,
                boolean isInterface) {
            calls.add(called + calledDescriptor);
        }
    }
}
