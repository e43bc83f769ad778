package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/** Takes from a call what {@link CallEdits} has added. Used by one thread for one call. */
final class CallRestorer {

    private static final int MOST_INTEGER_DIGITS = 9;

    private final String sql;
    private final RelayedCall call;
    private final List<CallArguments.Span> spans;
    private final ArgumentBinding binding;

    CallRestorer(String sql, RelayedCall call, CallTarget target) {
        this.sql = sql;
        this.call = call;
        this.spans = call.arguments() == null ? List.of() : call.arguments().spans();
        this.binding = ArgumentBinding.of(call.arguments(), target.signatures().of(call.name().function()));
    }

    /**
     * @param edits takes what is to be removed, in the order of the text
     * @param wrapped takes every argument that is given its type
     */
    void restore(List<TextEdits.Edit> edits, List<Misfit> wrapped) {
        CallName name = call.name();
        if (sql.startsWith(".", name.schemaEnd())) {
            edits.add(TextEdits.Edit.removal(name.start(), name.schemaEnd() + 1));
        }
        int written = binding == null ? 0 : written();
        for (int i = 0; i < written; i++) {
            if (isWrapped(i)) {
                CallArguments.Span span = spans.get(i);
                Signatures.Parameter parameter = binding.parameters().get(i);
                int end = span.end() - parameter.after().length();
                edits.add(TextEdits.Edit.removal(span.start(), span.start() + parameter.before().length()));
                edits.add(TextEdits.Edit.removal(end, span.end()));
                wrapped.add(new Misfit(span.start(), parameter.before(), name.start(), name.function(),
                        types(written, i)));
            }
        }
        if (written > 0 && written < spans.size()) {
            edits.add(TextEdits.Edit.removal(spans.get(written - 1).end(), spans.get(spans.size() - 1).end()));
        }
    }

    private boolean isWrapped(int i) {
        CallArguments.Span span = spans.get(i);
        Signatures.Parameter parameter = binding.parameters().get(i);
        return span.single() && parameter != null && parameter.before() != null
                && sql.startsWith(parameter.before(), span.start())
                && sql.startsWith(parameter.after(), span.end() - parameter.after().length());
    }

    /** How many arguments the caller wrote: they are wrapped where they can be, and what was added is not. */
    private int written() {
        int count = spans.size();
        while (count > 1 && isAdded(count - 1)) {
            count--;
        }
        return count;
    }

    private boolean isAdded(int i) {
        CallArguments.Span span = spans.get(i);
        Signatures.Parameter parameter = binding.parameters().get(i);
        return span.single() && parameter != null && parameter.omitted() != null
                && sql.substring(span.start(), span.end()).equals(parameter.omitted());
    }

    private List<String> types(int count, int odd) {
        List<String> types = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = spans.get(i).name();
            types.add((name == null ? "" : name + " => ") + (i == odd ? "?" : type(i)));
        }
        return types;
    }

    /** The type of another argument as far as its text tells. */
    private String type(int i) {
        CallArguments.Span span = spans.get(i);
        Signatures.Parameter parameter = binding.parameters().get(i);
        String text = isWrapped(i) ? sql.substring(span.start() + parameter.before().length(),
                span.end() - parameter.after().length()) : "";
        boolean integer = !text.isEmpty() && text.length() <= MOST_INTEGER_DIGITS
                && text.chars().allMatch(c -> Characters.isDigit((char) c));
        return integer ? "integer" : "unknown";
    }
}
