package io.pgbg.build;

import io.pgbg.proxy.Delegating;
import io.pgbg.proxy.GeneratedDelegation;
import java.util.List;
import net.bytebuddy.build.Plugin;
import net.bytebuddy.description.annotation.AnnotationDescription;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.method.MethodList;
import net.bytebuddy.description.method.ParameterDescription;
import net.bytebuddy.description.modifier.Visibility;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.description.type.TypeDescription.Generic.Visitor.AnnotationStripper;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.implementation.bytecode.Duplication;
import net.bytebuddy.implementation.bytecode.TypeCreation;
import net.bytebuddy.implementation.bytecode.member.MethodInvocation;
import net.bytebuddy.implementation.bytecode.member.MethodReturn;
import net.bytebuddy.implementation.bytecode.member.MethodVariableAccess;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.matcher.ElementMatchers;

/**
 * Completes the abstract classes marked {@link Delegating} after the compiler has written them: every interface method
 * that the class does not declare hands over to its field {@code delegate}, the class is abstract no more, and its
 * factory methods {@code wrap} make instances. What the methods look like is {@link Delegation}'s business; what
 * happens to their errors is that of {@link TellingErrors}.
 *
 * <p>Run by the Byte Buddy Maven plugin, one class at a time. Methods are added in the order of their names, because
 * the order of reflection differs from run to run and the build must be reproducible. Not thread-safe; it need not be.
 */
public final class DelegatingPlugin implements Plugin {

    private static final String FACTORY = "wrap";

    @Override
    public boolean matches(TypeDescription type) {
        return type.isAbstract() && type.getDeclaredAnnotations().isAnnotationPresent(Delegating.class);
    }

    @Override
    public DynamicType.Builder<?> apply(DynamicType.Builder<?> builder, TypeDescription type,
            ClassFileLocator classFileLocator) {
        DynamicType.Builder<?> completed = builder.modifiers(type.getModifiers() & ~Opcodes.ACC_ABSTRACT);
        Delegation delegation = Delegation.of(type);
        AnnotationDescription generated = AnnotationDescription.Builder.ofType(GeneratedDelegation.class).build();
        for (MethodDescription method : delegation.missingMethods()) {
            completed = completed.define(new MethodDescription.Latent(type, declaration(method)))
                    .intercept(delegation.bodyOf(method))
                    .annotateMethod(generated);
        }
        for (MethodDescription.InDefinedShape factory : factories(type)) {
            completed = completed.method(ElementMatchers.is(factory)).intercept(construction(type, factory));
        }
        return completed.visit(TellingErrors.aroundMethods());
    }

    @Override
    public void close() {
        // Nothing is kept between classes.
    }

    /**
     * The method as the class declares it: generics and exceptions as in the interface, but no annotations. Of a
     * generic interface it is the erased method, since the interface's type variables mean nothing in the class.
     */
    private static MethodDescription.Token declaration(MethodDescription method) {
        int modifiers = Visibility.PUBLIC.getMask() | (method.isVarArgs() ? Opcodes.ACC_VARARGS : 0);
        if (method.getDeclaringType().asErasure().isGenerified()) {
            return new MethodDescription.Token(method.getName(), modifiers, List.of(),
                    method.getReturnType().asErasure().asGenericType(),
                    new ParameterDescription.Token.TypeList(method.getParameters().asTypeList().asErasures()),
                    method.getExceptionTypes().asErasures().asGenericTypes(), List.of(), null, null);
        }
        MethodDescription.Token token = method.asDefined().asToken(ElementMatchers.none())
                .accept(AnnotationStripper.INSTANCE);
        return new MethodDescription.Token(token.getName(), modifiers, token.getTypeVariableTokens(),
                token.getReturnType(),
                new ParameterDescription.Token.TypeList(
                        token.getParameterTokens().stream().map(ParameterDescription.Token::getType).toList()),
                token.getExceptionTypes(), List.of(), null, null);
    }

    private static MethodList<MethodDescription.InDefinedShape> factories(TypeDescription type) {
        return type.getDeclaredMethods().filter(
                ElementMatchers.<MethodDescription.InDefinedShape>isStatic().and(ElementMatchers.named(FACTORY)));
    }

    /** The body {@code return new X(arguments);} with the class's only constructor. */
    private static Implementation construction(TypeDescription type, MethodDescription.InDefinedShape factory) {
        MethodList<MethodDescription.InDefinedShape> constructors =
                type.getDeclaredMethods().filter(ElementMatchers.isConstructor());
        if (constructors.size() != 1) {
            throw new IllegalStateException(type.getName() + " must have exactly one constructor");
        }
        MethodDescription.InDefinedShape constructor = constructors.getOnly();
        if (!constructor.getParameters().asTypeList().asErasures()
                .equals(factory.getParameters().asTypeList().asErasures())) {
            throw new IllegalStateException(factory + " must take what " + constructor + " takes");
        }
        // TypeCreation refuses an abstract class, which the class still is in its description.
        TypeDescription concrete = new TypeDescription.Latent(type.getName(),
                type.getModifiers() & ~Opcodes.ACC_ABSTRACT, type.getSuperClass(), type.getInterfaces());
        return new Implementation.Simple(
                TypeCreation.of(concrete),
                Duplication.SINGLE,
                MethodVariableAccess.allArgumentsOf(factory),
                MethodInvocation.invoke(constructor),
                MethodReturn.REFERENCE);
    }
}
