package io.pgbg.sql;

import java.util.List;

/**
 * Writes calls in a way that only one function on the server can be meant: with its schema, with all its parameters,
 * and with arguments of their very types. Pure functions.
 */
final class CallEdits {

    private CallEdits() {
    }

    /** Adds the changes of a call. */
    static void add(RelayedCall call, CallTarget target, List<TextEdits.Edit> edits) {
        CallName name = call.name();
        if (!target.isMeantBy(name)) {
            return;
        }
        String qualifier = target.qualifier(name);
        if (qualifier != null) {
            edits.add(new TextEdits.Edit(name.start(), name.schemaEnd(), qualifier));
        }
        ArgumentBinding binding = ArgumentBinding.of(call.arguments(), target.signatures().of(name.function()));
        if (binding != null && !call.arguments().spans().isEmpty()) {
            wrap(call.arguments().spans(), binding, edits);
            complete(call.arguments().spans(), binding, edits);
        }
    }

    private static void wrap(List<CallArguments.Span> spans, ArgumentBinding binding, List<TextEdits.Edit> edits) {
        for (int i = 0; i < spans.size(); i++) {
            CallArguments.Span span = spans.get(i);
            Signatures.Parameter parameter = binding.parameters().get(i);
            if (span.single() && parameter != null && parameter.before() != null) {
                edits.add(TextEdits.Edit.insertion(span.start(), parameter.before()));
                edits.add(TextEdits.Edit.insertion(span.end(), parameter.after()));
            }
        }
    }

    private static void complete(List<CallArguments.Span> spans, ArgumentBinding binding, List<TextEdits.Edit> edits) {
        StringBuilder rest = new StringBuilder();
        for (Signatures.Parameter parameter : binding.missing()) {
            rest.append(", ").append(binding.named() ? parameter.names().get(0) + " => " : "")
                    .append(parameter.omitted());
        }
        if (rest.length() > 0) {
            edits.add(TextEdits.Edit.insertion(spans.get(spans.size() - 1).end(), rest.toString()));
        }
    }
}
