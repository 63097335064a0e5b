package dev.tenon.vector;

import dev.tenon.core.Session;
import dev.tenon.core.internal.DollarQuote;
import java.util.stream.Collectors;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** The texts of a change between two models, whose embeddings stand in one table. */
record ModelChangeSql(VectorTable<?> from, VectorTable<?> to) {

  /** A setting that tells the trigger which embeddings a statement writes. */
  private static final String WRITTEN = "tenon.embeddings_written";

  private static final String BOTH = "both";

  /** The session as that of a writer of both embeddings. */
  static Session bothWritten(Session session) {
    return session.withSetting(WRITTEN, BOTH);
  }

  /** The session as that of a writer of the table's embedding alone. */
  static Session written(Session session, VectorTable<?> table) {
    return session.withSetting(WRITTEN, alone(table));
  }

  private static String alone(VectorTable<?> table) {
    return "alone " + table.embeddingName();
  }

  String add() {
    String column = to.embeddingColumn();
    String check =
        to.space()
            .constraint(column)
            .map(
                condition ->
                    """
                    alter table %s add constraint %s check (%s);
                    """
                        .formatted(
                            from.name(),
                            RecordColumns.quoted(name(to, to.space().constraintName())),
                            condition))
            .orElse("");
    return """
        alter table %s add column %s %s;
        """
            .formatted(from.name(), column, to.space().columnType())
        + check
        + SpaceNote.sql(to)
        + keeping()
        + "analyze %s (%s);\n".formatted(from.name(), column);
  }

  /**
   * Who writes one embedding alone knows a text that the other was not made of. Who writes both
   * says so, for a model may make the same of two texts; and who fills in a new one that is missing
   * changes no text.
   *
   * <p>Where a text is known by its hash, a new one takes the other embedding away too if the model
   * makes the same of both. Which is the other, is said by all but instances from before the
   * change, which know of the old one only.
   */
  private String keeping() {
    String body =
        """
        declare
          written constant text := coalesce(current_setting('%3$s', true), '');
          is_old_changed constant boolean := new.%1$s is distinct from old.%1$s;
          is_new_changed constant boolean := new.%2$s is distinct from old.%2$s;
          is_text_changed constant boolean := %6$s;
        begin
          if written = %4$s or is_old_changed and is_new_changed then
            return new;
          end if;
          if is_old_changed or is_text_changed and not is_new_changed and written <> %5$s then
            new.%2$s := null;
          elsif is_text_changed or is_new_changed and old.%2$s is not null then
            new.%1$s := null;
          end if;
          return new;
        end
        """
            .formatted(
                from.embeddingColumn(),
                to.embeddingColumn(),
                WRITTEN,
                literal(BOTH),
                literal(alone(to)),
                from.isOfChunks() ? "new.\"hash\" is distinct from old.\"hash\"" : "false");
    return """
        create function %1$s() returns trigger language plpgsql as %4$s
        %5$s%4$s;
        create trigger %2$s before update on %3$s
          for each row execute function %1$s();
        """
        .formatted(function(), trigger(), from.name(), DollarQuote.around(body), body);
  }

  private static String literal(String text) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.inline(text));
  }

  /** In the schema of the table, where that is named. */
  private String function() {
    return from.sibling(triggerName()).name();
  }

  private String trigger() {
    return RecordColumns.quoted(triggerName());
  }

  private String triggerName() {
    return name(to, "kept");
  }

  private static String name(VectorTable<?> table, String purpose) {
    return FittedNames.of(table.simpleName() + "_" + table.embeddingName() + "_" + purpose);
  }

  /** The old model is gone, and what looked after both. */
  String finish() {
    return """
        alter table %3$s alter column %5$s set not null, %6$s;
        drop trigger %2$s on %3$s;
        drop function %1$s();
        alter table %3$s drop column %4$s;
        """
        .formatted(
            function(),
            trigger(),
            from.name(),
            from.embeddingColumn(),
            to.embeddingColumn(),
            dropChecks());
  }

  /** The check of a table while it is looked whether each row has the embedding. */
  String check(VectorTable<?> required) {
    return RecordColumns.quoted(name(required, "is"));
  }

  /** Also those that a switch left which was killed. */
  String dropChecks() {
    return "drop constraint if exists %s, drop constraint if exists %s"
        .formatted(check(from), check(to));
  }

  /** The parameter is the tenant. */
  String left() {
    return "select count(*) from %s where %s = ? and %s is null"
        .formatted(from.name(), VectorTable.TENANT, to.embeddingColumn());
  }

  /**
   * The id of a row that lacks the new embedding, drawn at random: those who fill at the same time
   * begin at different rows. The parameters are the tenant, twice.
   */
  String anyLacking() {
    return """
        select %2$s::text
          from %1$s
         where %3$s = ? and %4$s is null
         order by %2$s
        offset floor(random() * (%5$s))
         limit 1"""
        .formatted(from.name(), from.idColumn(), VectorTable.TENANT, to.embeddingColumn(), left());
  }

  /**
   * The old records, behind an id or from the first, and the version of each row, which is made of
   * these rows only; the parameters are the tenant and the id.
   */
  String lacking(boolean isBehindId, int rows) {
    return """
        select %s, %s
          from (select *
                  from %s
                 where %s = ? and %s is null%s
                 order by %s
                 limit %d) as kept
         order by kept.%s"""
        .formatted(
            from.columns().sent(from.space()),
            version(),
            from.name(),
            VectorTable.TENANT,
            to.embeddingColumn(),
            isBehindId
                ? " and %s > ?::%s".formatted(from.idColumn(), from.columns().sqlType(from.id()))
                : "",
            from.idColumn(),
            rows,
            from.idColumn());
  }

  /**
   * Tells whether a row is as it was read. By what the model was given of it, for the view of a
   * fence has no {@code xmin}.
   */
  private String version() {
    return from.columns().names().stream()
        .map(column -> "kept." + RecordColumns.quoted(column))
        .collect(
            Collectors.joining(", ", "encode(sha256(convert_to(row(", ")::text, 'UTF8')), 'hex')"));
  }

  /**
   * Fills rows that are as they were read; the parameters are ids, versions and vectors as texts,
   * and the tenant.
   */
  String fill() {
    return """
        update %1$s as kept set %2$s = made.vector::%3$s
          from unnest(?::text[]::%4$s[], ?::text[], ?::text[]) as made (id, version, vector)
         where kept.%5$s = ? and kept.%6$s = made.id and kept.%2$s is null
           and %7$s = made.version"""
        .formatted(
            from.name(),
            to.embeddingColumn(),
            to.space().columnType(),
            from.columns().sqlType(from.id()),
            VectorTable.TENANT,
            from.idColumn(),
            version());
  }
}
