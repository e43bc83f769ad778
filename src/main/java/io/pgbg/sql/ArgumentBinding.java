package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * Which argument of a call goes to which parameter of its function. Immutable.
 *
 * @param parameters the parameter of each argument, in the order of the text; null for an argument whose parameter only
 *     the server will know
 * @param missing the parameters that the call leaves out and whose default can be written as an argument
 * @param named whether an argument has a name, so that every argument behind it needs one, too
 */
record ArgumentBinding(List<Signatures.Parameter> parameters, List<Signatures.Parameter> missing, boolean named) {

    /**
     * Assigns arguments to parameters as the server does.
     *
     * @param arguments null when they cannot be told apart
     * @param signature the parameters; null when the driver does not know the function's
     * @return null when the arguments do not fit, so that the server has to report it
     */
    static ArgumentBinding of(List<RelayedCall.Argument> arguments, List<Signatures.Parameter> signature) {
        if (arguments == null || signature == null) {
            return null;
        }
        List<Signatures.Parameter> bound = new ArrayList<>();
        boolean counted = true;
        boolean named = false;
        for (RelayedCall.Argument argument : arguments) {
            if (argument.name() == null && named) {
                return null;
            }
            named |= argument.name() != null;
            // a part that only the server will know may hold commas: what stands behind it cannot be counted
            counted &= argument.single();
            Signatures.Parameter parameter = null;
            if (named || counted) {
                parameter = named ? named(signature, argument.name()) : at(signature, bound.size());
                if (parameter == null || bound.contains(parameter)) {
                    return null;
                }
            }
            bound.add(parameter);
        }
        List<Signatures.Parameter> left = new ArrayList<>(signature);
        left.removeAll(bound);
        if (!counted) {
            return new ArgumentBinding(bound, List.of(), named);
        }
        boolean complete = left.stream().allMatch(Signatures.Parameter::optional);
        left.removeIf(parameter -> parameter.omitted() == null || parameter.overloaded());
        return complete ? new ArgumentBinding(bound, left, named) : null;
    }

    private static Signatures.Parameter named(List<Signatures.Parameter> signature, String name) {
        return signature.stream().filter(parameter -> parameter.names().contains(name)).findFirst().orElse(null);
    }

    private static Signatures.Parameter at(List<Signatures.Parameter> signature, int i) {
        return i < signature.size() ? signature.get(i) : null;
    }
}
