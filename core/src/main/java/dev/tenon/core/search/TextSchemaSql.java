package dev.tenon.core.search;

import dev.tenon.core.internal.ColumnCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** What the owner of the schema runs once, as a Flyway script that can be reviewed. */
final class TextSchemaSql {

  private TextSchemaSql() {}

  static String table(TextIndex<?> index) {
    List<String> lines = new ArrayList<>();
    String tenant = TextIndex.quoted(index.tenant().getName());
    String id = TextIndex.quoted(index.id().getName());
    lines.add(tenant + " uuid not null");
    for (int i = 0; i < index.columns().names().size(); i++) {
      lines.add(column(index, i));
    }
    if (index.deletedAt() != null) {
      lines.add(TextIndex.quoted(index.deletedAt().getName()) + " timestamp with time zone");
    }
    lines.addAll(stored(index));
    lines.add("primary key (" + tenant + ", " + id + ")");
    return """
        create table %s (
          %s
        );
        """
            .formatted(index.name(), String.join(",\n  ", lines))
        + indexes(index);
  }

  private static String column(TextIndex<?> index, int component) {
    String name = index.columns().names().get(component);
    ColumnCodec codec = index.columns().codec(component);
    boolean required =
        name.equals(index.id().getName())
            || new Property(name, null).equals(index.languages().property())
            || index.columns().type(component).isPrimitive();
    return TextIndex.quoted(name) + " " + codec.sqlType() + (required ? " not null" : "");
  }

  static String added(TextIndex<?> index) {
    return """
        alter table %s
          %s;
        """
            .formatted(
                index.name(),
                stored(index).stream()
                    .map(line -> "add " + line)
                    .collect(Collectors.joining(",\n  ")))
        + indexes(index);
  }

  /** The columns that the server fills, and what the languages of the rows may be. */
  private static List<String> stored(TextIndex<?> index) {
    List<String> lines = new ArrayList<>();
    lines.add(generated(index.vector(), inEachLanguage(index)));
    if (index.asWritten()) {
      lines.add(generated(index.vectorAsWritten(), words(index, Languages.AS_WRITTEN, "    ")));
    }
    Property language = index.languages().property();
    if (language != null) {
      // Not null because the check of a null is not false.
      lines.add(
          "constraint %1$s check (%2$s is not null and %2$s in (%3$s))"
              .formatted(
                  TextIndex.quoted(index.languageConstraint()),
                  language.sql(),
                  index.languages().values().stream()
                      .map(TextSchemaSql::literal)
                      .collect(Collectors.joining(", "))));
    }
    return lines;
  }

  private static String generated(String column, String expression) {
    return """
        %s tsvector generated always as (
            %s
          ) stored"""
        .formatted(TextIndex.quoted(column), expression);
  }

  private static String inEachLanguage(TextIndex<?> index) {
    Languages languages = index.languages();
    Property told = languages.property();
    if (told == null) {
      return words(index, languages.configurations().values().iterator().next(), "    ");
    }
    StringBuilder cases = new StringBuilder("case " + told.sql());
    for (Map.Entry<String, String> language : languages.configurations().entrySet()) {
      cases
          .append("\n      when ")
          .append(literal(language.getKey()))
          .append(" then\n        ")
          .append(words(index, language.getValue(), "        "));
    }
    return cases.append("\n    end").toString();
  }

  private static String words(TextIndex<?> index, String configuration, String indent) {
    return index.texts().entrySet().stream()
        .map(
            text ->
                "setweight(to_tsvector(%s, coalesce(%s, '')), '%s')"
                    .formatted(
                        Languages.constant(configuration),
                        TextIndex.quoted(text.getKey()),
                        text.getValue()))
        .collect(Collectors.joining("\n" + indent + "  || "));
  }

  private static String indexes(TextIndex<?> index) {
    StringBuilder sql = new StringBuilder();
    sql.append(gin(index, index.vectorIndex(), TextIndex.quoted(index.vector())));
    if (index.asWritten()) {
      sql.append(
          gin(index, index.vectorAsWrittenIndex(), TextIndex.quoted(index.vectorAsWritten())));
    }
    if (index.asWritten() || !index.similar().isEmpty()) {
      sql.append("create extension if not exists pg_trgm;\n");
    }
    for (String column : index.similar()) {
      sql.append(
          gin(index, index.similarIndex(column), TextIndex.quoted(column) + " gin_trgm_ops"));
    }
    return sql.toString();
  }

  private static String gin(TextIndex<?> index, String name, String column) {
    return "create index %s on %s using gin (%s);\n"
        .formatted(TextIndex.quoted(name), index.name(), column);
  }

  private static String literal(String value) {
    return DSL.using(SQLDialect.POSTGRES).renderInlined(DSL.inline(value));
  }
}
