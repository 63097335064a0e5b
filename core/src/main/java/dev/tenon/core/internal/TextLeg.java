package dev.tenon.core.internal;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.util.function.UnaryOperator;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Table;

/**
 * What a search by words brings to one that fuses it with another: its rows and how they are rated.
 * Columns are named without their table.
 *
 * @param table that it is over
 * @param tenant that its rows belong to
 * @param matches the rows that match, its filter and its tenant included
 * @param score how well a row matches: the more, the better
 * @param ranked how many rows that match are rated
 * @param tune gives the session the settings that the operators want
 */
public record TextLeg(
    Table<?> table,
    TenantId tenant,
    Condition matches,
    Field<Float> score,
    int ranked,
    UnaryOperator<Session> tune) {

  /** The same of those rows only for which this holds. */
  public TextLeg where(Condition condition) {
    return new TextLeg(table, tenant, matches.and(condition), score, ranked, tune);
  }
}
