package dev.tenon.core.search;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * Rows one of whose texts is written much like another text, by the trigrams of pg_trgm.
 *
 * <p>The threshold is a setting that travels with the statement and ends with it, so that the index
 * can serve the operator. Less than three letters have too few trigrams to be like anything; they
 * find the texts with a word that begins with them.
 */
final class SimilarMatch implements Asked {

  /** What is compared. */
  enum Measure {
    /** The whole of both texts. */
    TEXT("%", "similarity({0}, {1})", "pg_trgm.similarity_threshold"),
    /** The text that is asked for, and the part of the other that is most like it. */
    WORDS("%>", "word_similarity({1}, {0})", "pg_trgm.word_similarity_threshold");

    private final String operator;
    private final String similarity;
    private final String setting;

    Measure(String operator, String similarity, String setting) {
      this.operator = operator;
      this.similarity = similarity;
      this.setting = setting;
    }
  }

  private static final int FEWEST_LETTERS = 3;

  private final Measure measure;
  private final Field<?> column;
  private final String text;
  private final double threshold;
  private final long letters;

  private SimilarMatch(Measure measure, String column, String text, double threshold) {
    this.measure = measure;
    this.column = DSL.field(DSL.name(column));
    this.text = text;
    this.threshold = threshold;
    this.letters = text.codePoints().filter(Character::isLetterOrDigit).count();
  }

  static SimilarMatch of(
      Measure measure, String column, String text, double threshold, String place) {
    if (!(threshold > 0 && threshold <= 1)) {
      throw new UsageException(
          Problem.what("the threshold is " + threshold)
              .where(place)
              .why("a similarity is between 0, nothing in common, and 1, the same")
              .fix("choose more than 0 and at most 1"));
    }
    return new SimilarMatch(measure, column, text, threshold);
  }

  @Override
  public Condition matches() {
    if (letters == 0) {
      return DSL.falseCondition();
    }
    return isShort()
        ? DSL.condition("{0} ~* {1}", column, DSL.val(beginningOfWord(text.strip())))
        : DSL.condition("{0} " + measure.operator + " {1}", column, bound());
  }

  private boolean isShort() {
    return letters < FEWEST_LETTERS;
  }

  /** A regular expression, in which everything but letters and digits is quoted. */
  private static String beginningOfWord(String text) {
    StringBuilder expression = new StringBuilder();
    if (Character.isLetterOrDigit(text.codePointAt(0))) {
      expression.append("\\m");
    }
    text.codePoints()
        .forEach(
            character -> {
              if (character < 128 && !Character.isLetterOrDigit(character)) {
                expression.append('\\');
              }
              expression.appendCodePoint(character);
            });
    return expression.toString();
  }

  @Override
  public Field<Float> score() {
    Measure used = isShort() ? Measure.WORDS : measure;
    return DSL.field(used.similarity, SQLDataType.REAL, column, bound());
  }

  @Override
  public Condition isEmpty() {
    return letters == 0 ? DSL.trueCondition() : DSL.falseCondition();
  }

  @Override
  public Field<String> headline(String unused) {
    throw new IllegalStateException("similar texts have no headline");
  }

  @Override
  public boolean hasHeadline() {
    return false;
  }

  @Override
  public Session tune(Session session) {
    return isShort() ? session : session.withSetting(measure.setting, Double.toString(threshold));
  }

  private Param<String> bound() {
    return DSL.val(text, SQLDataType.VARCHAR);
  }
}
