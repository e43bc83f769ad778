package io.pgbg.session;

import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.sql.FunctionCall;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.sql.SqlReader;
import java.util.List;

/**
 * Tells which calls that are a statement of their own need nothing of the server but their arguments' values.
 *
 * <p>Immutable.
 */
final class DirectShapes implements SqlReader.DirectCalls {

    private final Api api;

    DirectShapes(Api api) {
        this.api = api;
    }

    @Override
    public boolean answers(ParsedStatement.Form form, FunctionCall call) {
        Function function = Function.of(call.function(), api);
        return answers(form, function, call) && call.arguments().stream()
                .allMatch(argument -> argument.call() == null || mayNest(function, call, argument.call()));
    }

    private static boolean answers(ParsedStatement.Form form, Function function, FunctionCall call) {
        List<Function.Parameter> parameters = function.parameters();
        if (function.takesHandles()) {
            return false;
        }
        if (form == ParsedStatement.Form.ESCAPE_CALL && call.arguments().size() > parameters.size()) {
            // those too many may be OUT parameters
            return false;
        }
        return switch (function.result().shape()) {
            case VOID, VALUE, ROWS -> true;
            // one value of a composite type, which only the server has, unless it is taken apart
            case HANDLE, RECORD, TABLE, RECORDS -> switch (form) {
                case FROM, ESCAPE_CALL -> true;
                case SELECT_LIST, ESCAPE_FUNCTION -> false;
            };
        };
    }

    /** Whether the value of a call can be an argument: a pid where nothing but a pid is wanted. */
    private boolean mayNest(Function function, FunctionCall call, FunctionCall nested) {
        boolean takesPid = function.takesPidAlone() && call.arguments().size() == 1;
        Function inner = Function.of(nested.function(), api);
        return takesPid && inner == Function.LAUNCH
                && nested.arguments().stream().allMatch(argument -> argument.call() == null);
    }
}
