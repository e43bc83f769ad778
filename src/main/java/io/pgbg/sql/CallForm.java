package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * The form in which the server gets a call, so that only one function can be meant: with its schema, with all its
 * parameters, and with each argument in a built-in function that gives it the very type. Brings a call into this form,
 * and out of it again. Used by one thread for one call.
 */
final class CallForm {

    private static final int MOST_INTEGER_DIGITS = 9;

    private final String sql;
    private final RelayedCall call;
    private final CallTarget target;
    private final List<RelayedCall.Argument> arguments;
    private final ArgumentBinding binding;

    /**
     * The form of a call.
     *
     * @param sql the text that the call stands in
     * @param target the functions that the call is to reach
     */
    CallForm(String sql, RelayedCall call, CallTarget target) {
        this.sql = sql;
        this.call = call;
        this.target = target;
        this.arguments = call.arguments() == null ? List.of() : call.arguments();
        this.binding = ArgumentBinding.of(call.arguments(), target.signatures().of(call.function()));
    }

    /** Adds the changes that bring a call of the caller's into the form. */
    void write(List<TextEdits.Edit> edits) {
        if (!target.isMeantBy(call)) {
            return;
        }
        String qualifier = target.qualifier(call);
        if (qualifier != null) {
            edits.add(new TextEdits.Edit(call.start(), call.schemaEnd(), qualifier));
        }
        if (binding != null && !arguments.isEmpty()) {
            wrap(edits);
            complete(edits);
        }
    }

    private void wrap(List<TextEdits.Edit> edits) {
        for (int i = 0; i < arguments.size(); i++) {
            if (mayBeWrapped(i)) {
                Signatures.Parameter parameter = binding.parameters().get(i);
                rename(arguments.get(i), parameter.names().get(0), edits);
                edits.add(TextEdits.Edit.insertion(arguments.get(i).start(), parameter.before()));
                edits.add(TextEdits.Edit.insertion(arguments.get(i).end(), parameter.after()));
            }
        }
    }

    /** A parameter with several names has one of them on the server. */
    private static void rename(RelayedCall.Argument argument, String name, List<TextEdits.Edit> edits) {
        if (argument.name() != null && !argument.name().equals(name) && argument.nameStart() >= 0
                && argument.nameEnd() > argument.nameStart()) {
            edits.add(new TextEdits.Edit(argument.nameStart(), argument.nameEnd(), name));
        }
    }

    private boolean mayBeWrapped(int i) {
        Signatures.Parameter parameter = binding.parameters().get(i);
        return arguments.get(i).single() && parameter != null && parameter.before() != null;
    }

    private void complete(List<TextEdits.Edit> edits) {
        StringBuilder rest = new StringBuilder();
        for (Signatures.Parameter parameter : binding.missing()) {
            rest.append(", ").append(binding.named() ? parameter.names().get(0) + " => " : "")
                    .append(parameter.omitted());
        }
        if (rest.length() > 0) {
            edits.add(TextEdits.Edit.insertion(arguments.get(arguments.size() - 1).end(), rest.toString()));
        }
    }

    /**
     * Takes a call out of the form.
     *
     * @param edits gets the removals, in the order of the text
     * @param wrapped gets every argument that is given its type
     */
    void restore(List<TextEdits.Edit> edits, List<Restored.Misfit> wrapped) {
        if (sql.startsWith(".", call.schemaEnd())) {
            edits.add(TextEdits.Edit.removal(call.start(), call.schemaEnd() + 1));
        }
        int written = binding == null ? 0 : written();
        for (int i = 0; i < written; i++) {
            if (isWrapped(i)) {
                RelayedCall.Argument argument = arguments.get(i);
                Signatures.Parameter parameter = binding.parameters().get(i);
                edits.add(TextEdits.Edit.removal(argument.start(), argument.start() + parameter.before().length()));
                edits.add(TextEdits.Edit.removal(argument.end() - parameter.after().length(), argument.end()));
                wrapped.add(new Restored.Misfit(argument.start(), parameter.before(), call.start(), call.function(),
                        types(written, i)));
            }
        }
        if (written > 0 && written < arguments.size()) {
            edits.add(TextEdits.Edit.removal(arguments.get(written - 1).end(),
                    arguments.get(arguments.size() - 1).end()));
        }
    }

    private boolean isWrapped(int i) {
        if (!mayBeWrapped(i)) {
            return false;
        }
        Signatures.Parameter parameter = binding.parameters().get(i);
        return sql.startsWith(parameter.before(), arguments.get(i).start())
                && sql.startsWith(parameter.after(), arguments.get(i).end() - parameter.after().length());
    }

    /** How many arguments the caller wrote: they are wrapped where they can be, and what was added is not. */
    private int written() {
        int count = arguments.size();
        while (count > 1 && isAdded(count - 1)) {
            count--;
        }
        return count;
    }

    private boolean isAdded(int i) {
        RelayedCall.Argument argument = arguments.get(i);
        Signatures.Parameter parameter = binding.parameters().get(i);
        return argument.single() && parameter != null && parameter.omitted() != null
                && sql.substring(argument.start(), argument.end()).equals(parameter.omitted());
    }

    private List<String> types(int count, int odd) {
        List<String> types = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = arguments.get(i).name();
            types.add((name == null ? "" : name + " => ") + (i == odd ? "?" : type(i)));
        }
        return types;
    }

    /** The type of another argument as far as its text tells. */
    private String type(int i) {
        RelayedCall.Argument argument = arguments.get(i);
        Signatures.Parameter parameter = binding.parameters().get(i);
        String text = isWrapped(i) ? sql.substring(argument.start() + parameter.before().length(),
                argument.end() - parameter.after().length()) : "";
        boolean integer = !text.isEmpty() && text.length() <= MOST_INTEGER_DIGITS && Characters.areDigits(text);
        return integer ? "integer" : "unknown";
    }
}
