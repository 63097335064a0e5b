package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.ColumnCodec;
import dev.tenon.core.internal.RecordShape;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Which column each component of a record maps to, and how values cross; at most one component is
 * an embedding.
 *
 * <p>An embedding goes to the server as {@code real[]} and comes back as the bytes of {@code
 * vector_send}: the driver would carry the type {@code vector} as text, in both directions.
 */
final class RecordColumns<R> {

  private static final int EMBEDDING_HEADER = 4;

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
      if (!isEmbedding(component.getType())) {
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

  static String quoted(String name) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.name(name));
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

  /** All that a stage of such rows depends on: how many columns, and which is the embedding. */
  String stageShape() {
    return names.size() + " " + embedding;
  }

  int indexOf(String column) {
    return names.indexOf(column);
  }

  Class<?> type(int component) {
    return shape.components().get(component).getType();
  }

  /** The type of a component's column, and of a cast to it; an embedding has none of these. */
  String sqlType(int component) {
    return ColumnCodec.forType(type(component)).sqlType();
  }

  @Nullable Object value(R record, int component) {
    return shape.get(record, component);
  }

  /** The components of the record's embedding. */
  float @Nullable [] vector(R record) {
    return components(shape.get(record, embedding));
  }

  void bind(PreparedStatement statement, int parameter, R record, int component)
      throws SQLException {
    Object value = shape.get(record, component);
    ColumnCodec codec = codecs.get(component);
    if (codec == null) {
      statement.setObject(parameter, components(value));
    } else {
      codec.bind(statement, parameter, value);
    }
  }

  /** Reads the columns in the order of the components, from the first of the row. */
  R read(ResultSet row) throws SQLException {
    @Nullable Object[] values = new Object[names.size()];
    for (int i = 0; i < values.length; i++) {
      ColumnCodec codec = codecs.get(i);
      values[i] = codec == null ? readEmbedding(row.getBytes(i + 1)) : codec.read(row, i + 1);
    }
    return shape.create(values);
  }

  private static boolean isEmbedding(Class<?> type) {
    return type == float[].class || type == Embedding.class;
  }

  static float @Nullable [] components(@Nullable Object value) {
    return value instanceof Embedding vector ? vector.components() : (float[]) value;
  }

  private Object readEmbedding(byte[] sent) {
    ByteBuffer bytes = ByteBuffer.wrap(sent, EMBEDDING_HEADER, sent.length - EMBEDDING_HEADER);
    float[] vector = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(vector);
    return type(embedding) == Embedding.class ? Embedding.owning(vector) : vector;
  }
}
