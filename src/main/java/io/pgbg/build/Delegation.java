package io.pgbg.build;

import io.pgbg.proxy.Delegating;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.bytebuddy.description.field.FieldDescription;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDefinition;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.implementation.bytecode.StackManipulation;
import net.bytebuddy.implementation.bytecode.assign.TypeCasting;
import net.bytebuddy.implementation.bytecode.member.FieldAccess;
import net.bytebuddy.implementation.bytecode.member.MethodInvocation;
import net.bytebuddy.implementation.bytecode.member.MethodReturn;
import net.bytebuddy.implementation.bytecode.member.MethodVariableAccess;
import net.bytebuddy.matcher.ElementMatchers;

/**
 * What one {@link Delegating} class lacks, and how it is to be filled in. Made by the plugin for each class; immutable.
 */
final class Delegation {

    private static final String FIELD = "delegate";
    private static final String ADOPT = "adopt";
    private static final String PROVIDE = "provide";

    private final TypeDescription type;
    private final FieldDescription field;
    private final Map<String, MethodDescription> missing;
    private final Map<TypeDescription, MethodDescription> adopters;
    private final Map<TypeDescription, MethodDescription> providers;

    private Delegation(TypeDescription type, FieldDescription field, Map<String, MethodDescription> missing) {
        this.type = type;
        this.field = field;
        this.missing = missing;
        this.adopters = adopters(type);
        this.providers = providers(type);
        missing.values().forEach(this::mustBeDelegable);
    }

    static Delegation of(TypeDescription type) {
        FieldDescription field = field(type);
        Map<String, MethodDescription> missing = interfaceMethods(type, field.getType().asErasure());
        missing.keySet().removeAll(presentIn(type, field.getType().asErasure()));
        return new Delegation(type, field, missing);
    }

    /** The interface methods to define, in the order of their names and descriptors. */
    Collection<MethodDescription> missingMethods() {
        return missing.values();
    }

    /** The body {@code return [adopt(]delegate.method(arguments)[)];}, or with a provider's value for the delegate. */
    Implementation bodyOf(MethodDescription method) {
        MethodDescription adopter = adopters.get(method.getReturnType().asErasure());
        TypeDescription owner = method.getDeclaringType().asErasure();
        List<StackManipulation> body = new ArrayList<>();
        if (adopter != null) {
            body.add(MethodVariableAccess.loadThis());
        }
        body.add(MethodVariableAccess.loadThis());
        body.add(receiver(owner));
        int offset = 1;
        for (TypeDescription parameter : method.getParameters().asTypeList().asErasures()) {
            body.add(MethodVariableAccess.of(parameter).loadFrom(offset));
            offset += parameter.getStackSize().getSize();
        }
        body.add(MethodInvocation.invoke(method.asDefined()).virtual(owner));
        if (adopter != null) {
            body.add(MethodInvocation.invoke(adopter.asDefined()).virtual(type));
        }
        body.add(MethodReturn.of(method.getReturnType().asErasure()));
        return new Implementation.Simple(body.toArray(StackManipulation[]::new));
    }

    private StackManipulation receiver(TypeDescription owner) {
        MethodDescription provider = providers.get(owner);
        if (provider != null) {
            return MethodInvocation.invoke(provider.asDefined()).virtual(type);
        }
        StackManipulation delegate = FieldAccess.forField(field).read();
        return field.getType().asErasure().isAssignableTo(owner) ? delegate
                : new StackManipulation.Compound(delegate, TypeCasting.to(owner));
    }

    private static FieldDescription field(TypeDescription type) {
        for (TypeDefinition at = type; at != null; at = at.getSuperClass()) {
            var fields = at.asErasure().getDeclaredFields().filter(ElementMatchers.named(FIELD));
            if (!fields.isEmpty()) {
                return fields.getOnly();
            }
        }
        throw new IllegalStateException(type.getName() + " has no field named " + FIELD);
    }

    /**
     * The methods of all interfaces the class declares. Of several interfaces that declare the same method, one that
     * the delegate's type has is preferred, since it needs no cast.
     */
    private static Map<String, MethodDescription> interfaceMethods(TypeDescription type, TypeDescription delegate) {
        Map<String, MethodDescription> methods = new TreeMap<>();
        for (TypeDescription declared : interfacesOf(type)) {
            for (MethodDescription method : declared.getDeclaredMethods()) {
                if (method.isStatic() || method.isPrivate() || method.isSynthetic() || isOfObject(method)) {
                    continue;
                }
                methods.merge(key(method), method, (first, second) ->
                        delegate.isAssignableTo(first.getDeclaringType().asErasure()) ? first : second);
            }
        }
        return methods;
    }

    /** What the class and its superclasses declare, and what this plugin gives the superclasses. */
    private static Collection<String> presentIn(TypeDescription type, TypeDescription delegate) {
        List<String> present = new ArrayList<>();
        for (TypeDefinition at = type; at != null; at = at.getSuperClass()) {
            TypeDescription here = at.asErasure();
            here.getDeclaredMethods().filter(ElementMatchers.not(ElementMatchers.isAbstract()))
                    .forEach(method -> present.add(key(method)));
            if (!here.equals(type) && here.getDeclaredAnnotations().isAnnotationPresent(Delegating.class)) {
                present.addAll(interfaceMethods(here, delegate).keySet());
            }
        }
        return present;
    }

    private static Collection<TypeDescription> interfacesOf(TypeDescription type) {
        Map<String, TypeDescription> found = new LinkedHashMap<>();
        collect(type, found);
        return found.values();
    }

    private static void collect(TypeDescription type, Map<String, TypeDescription> found) {
        for (TypeDescription declared : type.getInterfaces().asErasures()) {
            if (found.putIfAbsent(declared.getName(), declared) == null) {
                collect(declared, found);
            }
        }
    }

    private static Map<TypeDescription, MethodDescription> adopters(TypeDescription type) {
        Map<TypeDescription, MethodDescription> adopters = new LinkedHashMap<>();
        for (TypeDefinition at = type; at != null; at = at.getSuperClass()) {
            for (MethodDescription method : at.asErasure().getDeclaredMethods().filter(ElementMatchers.named(ADOPT))) {
                if (method.isStatic() || method.isPrivate() || method.getParameters().size() != 1) {
                    continue;
                }
                TypeDescription adopted = method.getReturnType().asErasure();
                if (adopted.equals(method.getParameters().get(0).getType().asErasure())) {
                    adopters.putIfAbsent(adopted, method);
                }
            }
        }
        return adopters;
    }

    /** The methods that give what implements an interface of the project's own. */
    private static Map<TypeDescription, MethodDescription> providers(TypeDescription type) {
        Map<TypeDescription, MethodDescription> providers = new LinkedHashMap<>();
        for (MethodDescription method : type.getDeclaredMethods().filter(ElementMatchers.named(PROVIDE))) {
            providers.put(method.getReturnType().asErasure(), method);
        }
        return providers;
    }

    /** What neither the delegate can have nor a method provides is to be written by hand. */
    private void mustBeDelegable(MethodDescription method) {
        TypeDescription owner = method.getDeclaringType().asErasure();
        if (!owner.getName().startsWith("java.") && !owner.getName().startsWith("org.postgresql.")
                && !providers.containsKey(owner)) {
            throw new IllegalStateException(type.getName() + " must declare " + method);
        }
    }

    private static boolean isOfObject(MethodDescription method) {
        return TypeDescription.ForLoadedType.of(Object.class).getDeclaredMethods().stream()
                .anyMatch(ofObject -> key(ofObject).equals(key(method)));
    }

    private static String key(MethodDescription method) {
        return method.getInternalName() + method.getDescriptor();
    }
}
