package dev.tenon.core.search;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jooq.impl.QOM;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * What a row tells of itself: the value of a column, or the text of one attribute of the JSON
 * objects in it.
 *
 * <p>An attribute is named as in any condition, by jOOQ's {@code jsonbGetAttributeAsText}; there
 * its name is bound. Here it is a constant, for no expression of a generated column or of a check
 * has parameters.
 *
 * @param attribute its name; null for the column itself
 */
record Property(String column, @Nullable String attribute) {

  /**
   * The property that a field names.
   *
   * @throws UsageException if it is an attribute whose name each row tells
   */
  static Property of(Field<?> field, String place) {
    if (!(field instanceof QOM.JSONBGetAttributeAsText member)) {
      return new Property(field.getName(), null);
    }
    Object name = member.$attribute() instanceof Param<?> given ? given.getValue() : null;
    if (name == null) {
      throw new UsageException(
          Problem.what("an attribute without a name of its own was given: " + member)
              .where(place)
              .why("what was declared is the same for all rows")
              .fix("name it by a text: DSL.jsonbGetAttributeAsText(column, \"language\")"));
    }
    return new Property(member.$field().getName(), name.toString());
  }

  /** The value, with nothing that is bound. */
  Field<?> field() {
    return attribute == null
        ? DSL.field(DSL.name(column))
        : DSL.jsonbGetAttributeAsText(
            DSL.field(DSL.name(column), SQLDataType.JSONB), DSL.inline(attribute));
  }

  /** The value in a statement of the schema. */
  String sql() {
    return DSL.using(SQLDialect.POSTGRES).render(field());
  }

  /** As errors name it. */
  @Override
  public String toString() {
    return attribute == null ? column : column + " ->> '" + Problem.excerpt(attribute) + "'";
  }
}
