package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * A table of tenant-owned rows with one embedding each, and the record that its rows are.
 *
 * @param name as rendered into SQL, quoted
 * @param simpleName without schema and quotes
 * @param id the component that identifies a row within its tenant
 */
record VectorTable<T>(
    String name,
    String simpleName,
    VectorSpace space,
    RecordColumns<T> columns,
    int id,
    boolean isIndexedByHalf) {

  static final String TENANT = "\"tenant_id\"";

  private static final String TENANT_COLUMN = "tenant_id";
  private static final String ID_COLUMN = "id";

  /** That of the tenant, and those that every table has. */
  private static final List<String> TAKEN_COLUMNS =
      List.of(TENANT_COLUMN, "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid");

  private static final Set<Class<?>> IDENTIFIERS =
      Set.of(
          UUID.class,
          String.class,
          int.class,
          Integer.class,
          long.class,
          Long.class,
          short.class,
          Short.class);

  static <T> VectorTable<T> of(Table<?> table, Class<T> type, VectorSpace space) {
    RecordColumns<T> columns = RecordColumns.of(type);
    int id = columns.indexOf(ID_COLUMN);
    if (id < 0 || !IDENTIFIERS.contains(columns.type(id))) {
      throw misfit(
          type,
          "has no component id of type UUID, String, long, int or short",
          "upsert and load address a row by its tenant and its id",
          "add one, e.g. UUID id");
    }
    if (columns.embedding() < 0) {
      throw misfit(
          type,
          "has no component that is an Embedding or a float[]",
          "a row is found by its embedding",
          "add one, e.g. Embedding embedding");
    }
    requireHolds(type, columns.type(columns.embedding()), space);
    if (columns.indexOf(TENANT_COLUMN) >= 0) {
      throw misfit(
          type,
          "has a component for the column tenant_id",
          "the tenant comes from the session, so that a record cannot name another",
          "remove the component; session.tenant() tells the owner");
    }
    if (table.fields().length > 0) {
      for (String column : columns.names()) {
        if (table.field(column) == null) {
          throw misfit(
              type,
              "has a component for the column " + column + ", which the table does not declare",
              "each component maps to the column of its name in snake case",
              "rename the component, or add the column");
        }
      }
    }
    Stream.concat(Stream.of(table.getName()), columns.names().stream())
        .filter(name -> !FittedNames.fits(name))
        .forEach(name -> refuseLong(type, name));
    return new VectorTable<>(
        DSL.using(SQLDialect.POSTGRES).render(table), table.getName(), space, columns, id, false);
  }

  private static void requireHolds(Class<?> type, Class<?> embedding, VectorSpace space) {
    if (!EmbeddingBytes.holds(embedding, space.element())) {
      throw misfit(
          type,
          "has an embedding of the type " + embedding.getSimpleName(),
          "the space " + space + " is made of " + space.element().type(),
          "make it an Embedding, of bits a BinaryEmbedding, of sparse vectors a SparseEmbedding");
    }
    if (space.dimensions() > space.element().mostDimensions()) {
      throw misfit(
          type,
          "has an embedding of " + space.dimensions() + " dimensions",
          "pgvector stores at most "
              + space.element().mostDimensions()
              + " of a "
              + space.element().type(),
          "pass the dimension of the embedding model; a sparse() space has up to a billion");
    }
  }

  /** The same rows with the embedding of another model, in a column of its own. */
  VectorTable<T> embeddedIn(String column, VectorSpace other) {
    requireHolds(columns.recordType(), columns.type(columns.embedding()), other);
    boolean isTaken = TAKEN_COLUMNS.contains(column) || columns.indexOf(column) >= 0;
    boolean isName = !column.isEmpty() && column.indexOf('\u0000') < 0 && FittedNames.fits(column);
    if (isTaken || !isName) {
      throw new UsageException(
          Problem.what("the embedding of another model is to stand in the column \"" + column + '"')
              .where(place("embeddedIn"))
              .why(
                  "a column of its own has a name of 1 to %d bytes that no other has: %s, %s"
                      .formatted(FittedNames.LONGEST, columns.names(), TAKEN_COLUMNS))
              .fix("name it for example embedding_2"));
    }
    return new VectorTable<>(name, simpleName, other, columns.embeddedIn(column), id, false);
  }

  /** The same in a table of another name beside it. */
  VectorTable<T> sibling(String other) {
    String before = name.substring(0, name.length() - RecordColumns.quoted(simpleName).length());
    return new VectorTable<>(
        before + RecordColumns.quoted(other), other, space, columns, id, isIndexedByHalf);
  }

  /** Whether its rows are chunks of documents, whose texts are known by their hashes. */
  boolean isOfChunks() {
    return columns.recordType() == Chunk.class;
  }

  String embeddingColumn() {
    return RecordColumns.quoted(embeddingName());
  }

  String embeddingName() {
    return columns.names().get(columns.embedding());
  }

  String idColumn() {
    return RecordColumns.quoted(ID_COLUMN);
  }

  String place(String operation) {
    return "VectorRepository of " + columns.recordName() + " on " + simpleName + "." + operation;
  }

  TenantId requireTenant(Session session, String operation) {
    return Required.require(session, "session", place(operation))
        .tenant()
        .orElseThrow(
            () ->
                new UsageException(
                    Problem.what("a session without a tenant was given")
                        .where(place(operation))
                        .why("the rows of " + simpleName + " are owned by tenants")
                        .fix("pass the session of a tenant: tenants.as(tenantId)")));
  }

  /** Refuses to call a row written that was not. */
  void requireOne(int written, String where) {
    if (written != 1) {
      throw new ServerException(
          Problem.what("the server wrote " + written + " rows instead of 1")
              .where(where)
              .why("a trigger or a rule of the table suppressed it")
              .fix("look at the triggers and rules of " + simpleName));
    }
  }

  /** What is bound for the record's vector; refuses one without an id or a vector of the space. */
  Object check(@Nullable T record, String where) {
    if (record == null) {
      throw new InvalidDataException(
          Problem.what("the record is null")
              .where(where)
              .why("there is nothing to store")
              .fix("leave it out"));
    }
    if (columns.value(record, id) == null) {
      throw new InvalidDataException(
          Problem.what("the id of the record is null")
              .where(where)
              .why("a row is addressed by its tenant and its id")
              .fix("give each record an id, e.g. of UuidV7"));
    }
    return checkVector(columns.vector(record), where);
  }

  /** What is bound for a vector, of a record or to compare with. */
  Object checkVector(@Nullable Object vector, String where) {
    return new VectorCheck(space, isIndexedByHalf, where).bound(vector);
  }

  /** The same table, of whose vectors an index holds what half precision makes of them, or not. */
  VectorTable<T> indexedBy(VectorIndex index) {
    boolean byHalf = index instanceof HnswIndex hnsw && hnsw.quantization() == Quantization.HALF;
    return new VectorTable<>(name, simpleName, space, columns, id, byHalf);
  }

  private static void refuseLong(Class<?> type, String name) {
    throw misfit(
        type,
        "has a table or a column of the name " + Problem.excerpt(name),
        "PostgreSQL keeps " + FittedNames.LONGEST + " bytes of a name and drops the rest",
        "choose a shorter name");
  }

  private static UsageException misfit(Class<?> type, String what, String why, String fix) {
    return new UsageException(
        Problem.what(type.getSimpleName() + " " + what)
            .where("VectorRepository of " + type.getName())
            .why(why)
            .fix(fix));
  }
}
