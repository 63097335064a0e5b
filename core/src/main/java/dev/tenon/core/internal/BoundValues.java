package dev.tenon.core.internal;

import java.lang.reflect.Proxy;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The values that a recorded statement was bound to, as texts, got by binding them once more. */
final class BoundValues {

  private static final int LONGEST = 200;

  private final List<String> values = new ArrayList<>();

  private BoundValues() {}

  static List<String> of(RecordedStatement statement) {
    BoundValues bound = new BoundValues();
    PreparedStatement listening =
        (PreparedStatement)
            Proxy.newProxyInstance(
                BoundValues.class.getClassLoader(),
                new Class<?>[] {PreparedStatement.class},
                (proxy, method, arguments) -> {
                  bound.add(method.getName(), arguments);
                  return null;
                });
    try {
      statement.bindAgain(listening, 0);
    } catch (SQLException impossible) {
      throw new IllegalStateException("nothing is sent while values are collected", impossible);
    }
    return List.copyOf(bound.values);
  }

  private void add(String method, @Nullable Object[] arguments) {
    int index = (Integer) Objects.requireNonNull(arguments[0], "index");
    while (values.size() < index) {
      values.add("");
    }
    values.set(index - 1, method.equals("setNull") ? "null" : excerpt(arguments[1]));
  }

  private static String excerpt(@Nullable Object value) {
    String text = value instanceof byte[] bytes ? bytes.length + " bytes" : String.valueOf(value);
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }
}
