package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.ColumnCodec;
import dev.tenon.core.internal.RecordShape;
import java.lang.reflect.RecordComponent;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Which column each component of a record maps to, and how values cross; at most one component is
 * an embedding.
 *
 * <p>An embedding of numbers goes to the server as {@code real[]} and comes back as the bytes of
 * {@code vector_send}: the driver would carry the type {@code vector} as text, in both directions.
 */
final class RecordColumns<R> {

  private final RecordShape<R> shape;
  private final List<String> names;
  private final List<@Nullable ColumnCodec> codecs;
  private final int embedding;

  private RecordColumns(
      RecordShape<R> shape, List<String> names, List<@Nullable ColumnCodec> codecs, int embedding) {
    this.shape = shape;
    this.names = names;
    this.codecs = codecs;
    this.embedding = embedding;
  }

  static <R> RecordColumns<R> of(Class<R> type) {
    RecordShape<R> shape = RecordShape.of(type);
    List<String> names = new ArrayList<>();
    List<@Nullable ColumnCodec> codecs = new ArrayList<>();
    int embedding = -1;
    for (RecordComponent component : shape.components()) {
      if (!EmbeddingBytes.isEmbedding(component.getType())) {
        codecs.add(ColumnCodec.forType(component.getType()));
      } else if (embedding < 0) {
        embedding = names.size();
        codecs.add(null);
      } else {
        throw new UsageException(
            Problem.what(type.getSimpleName() + " has more than one component that is an embedding")
                .where("mapping of " + type.getName())
                .why("a repository searches one embedding")
                .fix("make a repository, with a record of its own, for each embedding"));
      }
      names.add(RecordShape.columnName(component));
    }
    return new RecordColumns<>(shape, List.copyOf(names), codecs, embedding);
  }

  /** The same, with the embedding in a column that is not named as its component. */
  RecordColumns<R> embeddedIn(String column) {
    List<String> others = new ArrayList<>(names);
    others.set(embedding, column);
    return new RecordColumns<>(shape, List.copyOf(others), codecs, embedding);
  }

  /** The same, with the embedding where the others have that of a component of the same name. */
  RecordColumns<R> asIn(RecordColumns<?> others) {
    return embedding >= 0 && others.embeddingComponent().equals(embeddingComponent())
        ? embeddedIn(others.names.get(others.embedding))
        : this;
  }

  private String embeddingComponent() {
    return shape.components().get(embedding).getName();
  }

  static String quoted(String name) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.name(name));
  }

  Class<R> recordType() {
    return shape.type();
  }

  String recordName() {
    return shape.type().getSimpleName();
  }

  List<String> names() {
    return names;
  }

  int size() {
    return names.size();
  }

  /** The position of the embedding, or -1. */
  int embedding() {
    return embedding;
  }

  /** The position of the embedding if it is a number for each dimension, or -1. */
  int dense() {
    return embedding >= 0 && EmbeddingBytes.isDense(type(embedding)) ? embedding : -1;
  }

  int indexOf(String column) {
    return names.indexOf(column);
  }

  Class<?> type(int component) {
    return shape.components().get(component).getType();
  }

  /** The type of a component's column, and of a cast to it; an embedding has none of these. */
  String sqlType(int component) {
    return codec(component).sqlType();
  }

  private ColumnCodec codec(int component) {
    return Objects.requireNonNull(codecs.get(component));
  }

  /** What stands for a component that is no embedding in a statement that writes one row. */
  String parameter(int component) {
    return codec(component).parameter();
  }

  @Nullable Object value(R record, int component) {
    return shape.get(record, component);
  }

  /** The text that {@link #sqlType} reads of a component that is no embedding. */
  @Nullable String text(R record, int component) {
    return codec(component).textOrNull(value(record, component));
  }

  /** The expressions that {@link #read} wants, in their order. */
  String sent(VectorSpace space) {
    StringJoiner sent = new StringJoiner(", ");
    for (int i = 0; i < names.size(); i++) {
      String column = quoted(names.get(i));
      sent.add(i == embedding ? space.element().sent(column) : column);
    }
    return sent.toString();
  }

  @Nullable Object vector(R record) {
    return shape.get(record, embedding);
  }

  /**
   * Binds the components in their order.
   *
   * @param vector what the space made of the embedding
   */
  void bind(PreparedStatement statement, int parameter, R record, Object vector)
      throws SQLException {
    for (int i = 0; i < names.size(); i++) {
      ColumnCodec codec = codecs.get(i);
      if (codec == null) {
        statement.setObject(parameter + i, vector);
      } else {
        codec.bind(statement, parameter + i, shape.get(record, i));
      }
    }
  }

  /** Reads the columns in the order of the components, from the first of the row. */
  R read(ResultSet row) throws SQLException {
    @Nullable Object[] values = new Object[names.size()];
    for (int i = 0; i < values.length; i++) {
      ColumnCodec codec = codecs.get(i);
      values[i] =
          codec == null
              ? EmbeddingBytes.read(row.getBytes(i + 1), type(i))
              : codec.read(row, i + 1);
    }
    return shape.create(values);
  }
}
