package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * The arguments of a call at the parameters of its function.
 *
 * @param parameters the parameter of each argument, in the order of the text; null where that cannot be told
 * @param missing the parameters that are left out, none of them without an argument that says the same
 * @param named whether an argument has a name, so that no other one may come behind it without
 */
record ArgumentBinding(List<Signatures.Parameter> parameters, List<Signatures.Parameter> missing, boolean named) {

    /**
     * Puts arguments at parameters.
     *
     * @param signature the parameters; null when nothing is known of the function
     * @return null when they do not fit, so that the server has to say so
     */
    static ArgumentBinding of(CallArguments arguments, List<Signatures.Parameter> signature) {
        if (arguments == null || signature == null) {
            return null;
        }
        List<Signatures.Parameter> bound = new ArrayList<>();
        boolean counted = true;
        boolean named = false;
        for (CallArguments.Span span : arguments.spans()) {
            if (span.name() == null && named) {
                return null;
            }
            named |= span.name() != null;
            // behind a part that may hold a comma nobody can count
            counted &= span.single();
            Signatures.Parameter parameter = null;
            if (named || counted) {
                parameter = named ? named(signature, span.name()) : at(signature, bound.size());
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
        left.removeIf(parameter -> parameter.omitted() == null);
        return complete ? new ArgumentBinding(bound, left, named) : null;
    }

    private static Signatures.Parameter named(List<Signatures.Parameter> signature, String name) {
        return signature.stream().filter(parameter -> parameter.names().contains(name)).findFirst().orElse(null);
    }

    private static Signatures.Parameter at(List<Signatures.Parameter> signature, int i) {
        return i < signature.size() ? signature.get(i) : null;
    }
}
