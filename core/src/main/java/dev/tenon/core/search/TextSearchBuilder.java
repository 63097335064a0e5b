package dev.tenon.core.search;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import dev.tenon.core.internal.StorableText;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a {@link TextSearch} needs to know of its table. Not safe for use by many threads.
 *
 * <p>Columns are named by jOOQ fields, of which only the name counts; each is a component of the
 * record, but for the tenant and the trash. {@link #languageOf} and {@link #facets} also take an
 * attribute of the JSON objects in a column of type {@code jsonb}, as jOOQ names it: {@code
 * DSL.jsonbGetAttributeAsText(column, "source")}. Each setter throws {@link UsageException} for
 * null and for a column that is no such component.
 *
 * @param <T> the record type
 */
public final class TextSearchBuilder<T> {

  /** What needs no quotes, with its schema or without. */
  private static final Pattern CONFIGURATION =
      Pattern.compile("[a-z_][a-z0-9_]{0,62}(\\.[a-z_][a-z0-9_]{0,62})?");

  private static final int LONGEST_NAME = 63;

  private final Table<?> table;
  private final SearchedColumns<T> columns;
  private final Map<String, Weight> texts = new LinkedHashMap<>();
  private final Set<String> similar = new LinkedHashSet<>();
  private final Set<Property> facets = new LinkedHashSet<>();
  private String id = "id";
  private Field<UUID> tenant = DSL.field(DSL.name("tenant_id"), SQLDataType.UUID);
  private @Nullable Field<?> deletedAt;
  private @Nullable Languages languages;
  private String vector = "search";
  private boolean asWritten;

  TextSearchBuilder(Table<?> table, SearchedColumns<T> columns) {
    this.table = table;
    this.columns = columns;
  }

  /** A column that is searched; its words count as a body's, {@link Weight#D}. */
  public TextSearchBuilder<T> text(Field<String> column) {
    return text(column, Weight.D);
  }

  /** A column that is searched; at least one is. */
  public TextSearchBuilder<T> text(Field<String> column, Weight weight) {
    texts.put(
        textual(column, "text"), Required.require(weight, "weight", "TextSearchBuilder.text"));
    return this;
  }

  /**
   * The language of all rows: a text search configuration of the server, such as {@code english},
   * or {@code simple} for words as they are written. This or {@link #languageOf} is required, for a
   * setting of the session must not decide what is found.
   *
   * @param configuration its name in lower case, with its schema where the search path has it not
   * @throws UsageException if no configuration can have that name
   */
  public TextSearchBuilder<T> language(String configuration) {
    this.languages = Languages.fixed(requireConfiguration(configuration, "language"));
    return this;
  }

  /**
   * The column, or the attribute, that tells the language of each row, and what its values mean;
   * the emitted table takes no other value, and no row without one. A search asks each row in the
   * language of the row.
   *
   * @param configurations from its values, such as {@code en}, to text search configurations of the
   *     server, such as {@code english}
   * @throws UsageException if there are none, no row can have one of the values, or no
   *     configuration one of the names
   */
  public TextSearchBuilder<T> languageOf(Field<String> column, Map<String, String> configurations) {
    Property property = property(column, "languageOf");
    if (property.attribute() == null) {
      String unused = textual(column, "languageOf");
    }
    Required.require(configurations, "configurations", "TextSearchBuilder.languageOf");
    if (configurations.isEmpty()) {
      throw new UsageException(
          Problem.what("no language was named")
              .where("TextSearchBuilder.languageOf")
              .why("a row in none of them would never be found")
              .fix("name at least one"));
    }
    configurations.forEach(
        (value, configuration) -> {
          requireStorable(
              Required.require(value, "value", "TextSearchBuilder.languageOf"), "languageOf");
          String unused = requireConfiguration(configuration, "languageOf");
        });
    this.languages = Languages.perRow(property, configurations);
    return this;
  }

  /**
   * Also keeps the words as they are written, in a second column with an index of its own, for
   * {@link TextSearch#prefix} and {@link TextSearch#didYouMean}; not kept by default.
   */
  public TextSearchBuilder<T> asWritten() {
    this.asWritten = true;
    return this;
  }

  /** A column that {@link TextSearch#similar} compares; none by default. */
  public TextSearchBuilder<T> similar(Field<String> column) {
    similar.add(textual(column, "similar"));
    return this;
  }

  /** Columns and attributes that {@link TextQuery#facets} counts by; none by default. */
  public TextSearchBuilder<T> facets(Field<?>... fields) {
    for (Field<?> field : Required.require(fields, "fields", "TextSearchBuilder.facets")) {
      Property property = property(field, "facets");
      Class<?> held = held(columns.indexOf(property.column()));
      if (property.attribute() == null && held != field.getType()) {
        throw new UsageException(
            Problem.what(
                    "the facet "
                        + field.getName()
                        + " is a "
                        + field.getType().getSimpleName()
                        + " and its component a "
                        + held.getSimpleName())
                .where("TextSearchBuilder.facets")
                .why("its values are those of the component")
                .fix("declare both with the same type"));
      }
      facets.add(property);
    }
    return this;
  }

  private Class<?> held(int component) {
    return MethodType.methodType(columns.type(component)).wrap().returnType();
  }

  /** The column that identifies a row within its tenant, {@code id} by default. */
  public TextSearchBuilder<T> id(Field<?> column) {
    component(column, "id");
    this.id = column.getName();
    return this;
  }

  /** The column that holds the tenant, {@code tenant_id} by default. */
  public TextSearchBuilder<T> tenant(Field<UUID> column) {
    Required.require(column, "column", "TextSearchBuilder.tenant");
    this.tenant = DSL.field(DSL.name(column.getName()), SQLDataType.UUID);
    return this;
  }

  /**
   * The column that says since when a row is in the trash, where it is not found; none by default.
   */
  public TextSearchBuilder<T> softDelete(Field<?> column) {
    Required.require(column, "column", "TextSearchBuilder.softDelete");
    this.deletedAt = DSL.field(DSL.name(column.getName()));
    return this;
  }

  /** The column that the server fills with the words, {@code search} by default. */
  public TextSearchBuilder<T> storedAs(String column) {
    this.vector = Required.require(column, "column", "TextSearchBuilder.storedAs");
    return this;
  }

  /**
   * Makes the search; no I/O.
   *
   * @throws UsageException if no text or no language was named, the record has no identifier or one
   *     for the tenant or for the stored words, or a name is longer than PostgreSQL keeps
   */
  public TextSearch<T> build() {
    Languages spoken = languages;
    if (spoken == null) {
      throw misfit(
          "no language was named",
          "the server's default is a setting, which may change what is found",
          "call language(…) or languageOf(…)");
    }
    if (texts.isEmpty()) {
      throw misfit("no text was named", "there is nothing to search", "call text(column)");
    }
    TextIndex<T> index =
        new TextIndex<>(
            table,
            columns,
            tenant,
            columns.field(component(id, "id")),
            deletedAt,
            Collections.unmodifiableMap(new LinkedHashMap<>(texts)),
            spoken,
            vector,
            asWritten,
            Collections.unmodifiableSet(new LinkedHashSet<>(similar)),
            Collections.unmodifiableSet(new LinkedHashSet<>(facets)));
    List.of(tenant.getName(), vector, index.vectorAsWritten()).forEach(this::requireNoComponent);
    names(index).forEach(this::requireWhole);
    return new TextSearch<>(index);
  }

  private static List<String> names(TextIndex<?> index) {
    List<String> names = new ArrayList<>(index.columns().names());
    names.addAll(List.of(index.table().getQualifiedName().getName()));
    names.addAll(List.of(index.tenant().getName(), index.vector(), index.vectorIndex()));
    if (index.languages().property() != null) {
      names.add(index.languageConstraint());
    }
    if (index.asWritten()) {
      names.addAll(List.of(index.vectorAsWritten(), index.vectorAsWrittenIndex()));
    }
    index.similar().forEach(column -> names.add(index.similarIndex(column)));
    return names;
  }

  private void requireNoComponent(String column) {
    if (columns.indexOf(column) >= 0) {
      throw misfit(
          "the record has a component for the column " + column,
          "the tenant comes from the session, and the words from the texts",
          "remove the component, or call tenant(column) or storedAs(column)");
    }
  }

  private void requireWhole(String name) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > LONGEST_NAME || name.indexOf(0) >= 0) {
      throw misfit(
          "the name " + Problem.excerpt(name) + " has " + bytes + " bytes",
          "PostgreSQL keeps " + LONGEST_NAME + " and drops the rest, so that it names another",
          "choose shorter names for the table and its columns, or call storedAs(column)");
    }
  }

  private UsageException misfit(String what, String why, String fix) {
    return new UsageException(
        Problem.what(what)
            .where("TextSearch of " + Problem.excerpt(table.getName()))
            .why(why)
            .fix(fix));
  }

  private String textual(Field<String> column, String method) {
    int component = component(column, method);
    if (columns.type(component) != String.class) {
      throw new UsageException(
          Problem.what("the component of " + column.getName() + " is no String")
              .where("TextSearchBuilder." + method)
              .why("texts are searched")
              .fix("name a column that holds a text"));
    }
    return column.getName();
  }

  private Property property(Field<?> field, String method) {
    String place = "TextSearchBuilder." + method;
    Property property = Property.of(Required.require(field, "column", place), place);
    int component = component(property.column(), method);
    if (property.attribute() != null) {
      requireStorable(property.attribute(), method);
      String type = columns.codec(component).sqlType();
      if (!type.equals("jsonb")) {
        throw new UsageException(
            Problem.what("the column " + property.column() + " is of type " + type)
                .where(place)
                .why("attributes are those of JSON objects")
                .fix("name an attribute of a column whose component is stored as jsonb"));
      }
    }
    return property;
  }

  private static void requireStorable(String text, String method) {
    if (!StorableText.isStorable(text)) {
      throw new UsageException(
          Problem.what("no row can have '" + Problem.excerpt(text) + "'")
              .where("TextSearchBuilder." + method)
              .why("PostgreSQL stores neither U+0000 nor half of a surrogate pair")
              .fix("take it out"));
    }
  }

  private int component(Field<?> column, String method) {
    Property property = property(column, method);
    if (property.attribute() != null) {
      throw new UsageException(
          Problem.what("the attribute " + property + " was named")
              .where("TextSearchBuilder." + method)
              .why("an attribute tells a language or is counted by, and nothing else")
              .fix("name a column"));
    }
    return columns.indexOf(property.column());
  }

  private int component(String column, String method) {
    int component = columns.indexOf(column);
    if (component < 0) {
      throw new UsageException(
          Problem.what(columns.recordName() + " has no component for the column " + column)
              .where("TextSearchBuilder." + method)
              .why("what is searched, counted and ordered by is in the record")
              .fix("add the component, or name another column"));
    }
    return component;
  }

  private static String requireConfiguration(String name, String method) {
    Required.require(name, "configuration", "TextSearchBuilder." + method);
    if (!CONFIGURATION.matcher(name).matches()) {
      throw new UsageException(
          Problem.what("'" + Problem.excerpt(name) + "' names no language")
              .where("TextSearchBuilder." + method)
              .why("a text search configuration is named in lower case, as english or app.legal")
              .fix("choose one of those that pg_ts_config lists"));
    }
    return name;
  }
}
