package dev.tenon.vector;

import dev.tenon.core.Session;
import dev.tenon.core.internal.DollarQuote;
import java.util.stream.Collectors;

/** The texts of a change between two models, whose embeddings stand in one table. */
record ModelChangeSql(VectorTable<?> from, VectorTable<?> to) {

  /** A setting that tells the trigger which embeddings a statement writes. */
  private static final String WRITTEN = "tenon.embeddings_written";

  private static final String BOTH = "both";

  /** The session as that of a writer of both embeddings. */
  static Session bothWritten(Session session) {
    return session.withSetting(WRITTEN, BOTH);
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
                            RecordColumns.quoted(
                                from.simpleName()
                                    + "_"
                                    + to.embeddingName()
                                    + "_"
                                    + to.space().constraintName()),
                            condition))
            .orElse("");
    return """
        alter table %s add column %s %s;
        """
            .formatted(from.name(), column, to.space().columnType())
        + check
        + SpaceNote.sql(to)
        + trigger();
  }

  /**
   * Who writes one embedding alone knows a text that the other was not made of. Who writes both
   * says so, for a model may make the same of two texts; and who fills in a new one that is missing
   * changes no text.
   */
  private String trigger() {
    String body =
        """
        begin
          if coalesce(current_setting('%3$s', true), '') = '%4$s' then
            return new;
          end if;
          if new.%1$s is distinct from old.%1$s and new.%2$s is not distinct from old.%2$s then
            new.%2$s := null;
          elsif old.%2$s is not null
              and new.%2$s is distinct from old.%2$s and new.%1$s is not distinct from old.%1$s then
            new.%1$s := null;
          end if;
          return new;
        end
        """
            .formatted(from.embeddingColumn(), to.embeddingColumn(), WRITTEN, BOTH);
    String name = trigger(from, to);
    return """
        create function %1$s() returns trigger language plpgsql as %3$s
        %4$s%3$s;
        create trigger %1$s before update on %2$s
          for each row execute function %1$s();
        """
        .formatted(name, from.name(), DollarQuote.around(body), body);
  }

  private static String trigger(VectorTable<?> from, VectorTable<?> to) {
    return RecordColumns.quoted(from.simpleName() + "_" + to.embeddingName() + "_kept");
  }

  /** The old model is gone, and what looked after both. */
  String finish() {
    return """
        alter table %2$s alter column %4$s set not null;
        drop trigger %1$s on %2$s;
        drop function %1$s();
        alter table %2$s drop column %3$s;
        """
        .formatted(trigger(from, to), from.name(), from.embeddingColumn(), to.embeddingColumn());
  }

  /** The parameter is the tenant. */
  String left() {
    return "select count(*) from %s where %s = ? and %s is null"
        .formatted(from.name(), VectorTable.TENANT, to.embeddingColumn());
  }

  /** The old records and the version of each row; the parameter is the tenant. */
  String lacking(int rows) {
    return """
        select %s, %s
          from %s as kept
         where %s = ? and %s is null
         order by %s
         limit %d"""
        .formatted(
            from.columns().sent(from.space()),
            version(),
            from.name(),
            VectorTable.TENANT,
            to.embeddingColumn(),
            from.idColumn(),
            rows);
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
