package dev.tenon.core.internal;

import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jooq.JSON;
import org.jspecify.annotations.Nullable;

/**
 * A type of the database that only its table names, such as {@code inet} or {@code ltree}, as the
 * text that the server reads and writes.
 */
final class NamedCodec extends CastCodec {

  private static final Pattern CASELESS =
      Pattern.compile("(?:^|\\W)citext\\W?$", Pattern.CASE_INSENSITIVE);

  /** What char(n) is called where it has no length. */
  private static final String BLANK_PADDED = "bpchar";

  private static final Pattern BLANKS_AT_END = Pattern.compile(" +$");

  private final @Nullable String rendered;
  private final Function<String, Object> parsing;
  private final boolean caseless;
  private final boolean blankPadded;

  private NamedCodec(String sqlType, @Nullable String rendered, Function<String, Object> parsing) {
    super(sqlType);
    this.rendered = rendered;
    this.parsing = parsing;
    this.caseless = CASELESS.matcher(sqlType).find();
    this.blankPadded = sqlType.equals(BLANK_PADDED);
  }

  /** The codec of a type with this name, quoted where it must be. */
  static ColumnCodec of(String sqlType) {
    return new NamedCodec(sqlType, null, text -> text);
  }

  /** The codec of char(n), which as a varchar would be compared with its blanks. */
  static ColumnCodec blankPadded() {
    return of(BLANK_PADDED);
  }

  /** The codec of jOOQ's JSON, which is kept as it was written. */
  static ColumnCodec json() {
    return new NamedCodec("json", null, JSON::json);
  }

  /**
   * The codec of a type without a name.
   *
   * @param rendered what makes a value of a text, which stands there as a question mark
   */
  static ColumnCodec rendering(String rendered) {
    return new NamedCodec("text", rendered, text -> text);
  }

  @Override
  String cast(String expression) {
    return rendered == null ? super.cast(expression) : rendered.replace("?", expression);
  }

  @Override
  public String element(String expression) {
    return rendered == null ? super.element(expression) : cast(expression);
  }

  @Override
  public boolean hasOwnOrder() {
    return caseless || blankPadded;
  }

  @Override
  public @Nullable Object stored(@Nullable Object value) {
    if (value == null) {
      return null;
    }
    if (blankPadded) {
      return BLANKS_AT_END.matcher(value.toString()).replaceFirst("");
    }
    return caseless ? value.toString().toLowerCase(Locale.ROOT) : value;
  }

  @Override
  public boolean isCopyable() {
    return rendered == null;
  }

  @Override
  public String text(Object value) {
    return requireEncodable(value.toString());
  }

  @Override
  public Object parsed(String text) {
    return parsing.apply(text);
  }
}
