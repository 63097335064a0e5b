package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.PassageCorpus.Question;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.PGCopyOutputStream;

/** By hand over the same table, without tenancy: what can be had at most. */
final class JdbcPassages implements PassageStore {

  /** As many as peers send at a time. */
  static final int BATCH = 1_000;

  private static final UUID TENANT = UUID.fromString(TenonPassages.TENANT);
  private static final String COLUMNS =
      "tenant_id, id, text, half, tenth, hundredth, thousandth, embedding";
  private static final int FIELDS = 8;
  private static final String UPSERT =
      """
      insert into passages (%s) values (?, ?, ?, ?, ?, ?, ?, ?::real[]::vector)
      on conflict (tenant_id, id) do update
         set text = excluded.text, half = excluded.half, tenth = excluded.tenth,
             hundredth = excluded.hundredth, thousandth = excluded.thousandth,
             embedding = excluded.embedding
      """
          .formatted(COLUMNS);

  private final DataSource source;

  JdbcPassages(DataSource source) {
    this.source = source;
  }

  @Override
  public String table() {
    return "passages";
  }

  @Override
  public void load(List<Passage> passages) throws SQLException {
    try (Connection connection = source.getConnection();
        PreparedStatement statement = connection.prepareStatement(UPSERT)) {
      for (int i = 0; i < passages.size(); i++) {
        Passage passage = passages.get(i);
        statement.setObject(1, TENANT);
        statement.setObject(2, passage.id());
        statement.setString(3, passage.text());
        statement.setInt(4, passage.half());
        statement.setInt(5, passage.tenth());
        statement.setInt(6, passage.hundredth());
        statement.setInt(7, passage.thousandth());
        statement.setObject(8, passage.embedding().toArray());
        statement.addBatch();
        if ((i + 1) % BATCH == 0 || i + 1 == passages.size()) {
          statement.executeBatch();
        }
      }
    }
  }

  /** COPY BINARY, each row encoded; it refuses a passage that is there. */
  void copy(List<Passage> passages) throws SQLException {
    try (Connection connection = source.getConnection();
        OutputStream copy =
            new PGCopyOutputStream(
                connection.unwrap(PGConnection.class),
                "copy passages (%s) from stdin (format binary)".formatted(COLUMNS))) {
      DataOutputStream out = new DataOutputStream(copy);
      out.write("PGCOPY\n\377\r\n\0".getBytes(StandardCharsets.ISO_8859_1));
      out.writeLong(0);
      ByteArrayOutputStream row = new ByteArrayOutputStream();
      for (Passage passage : passages) {
        encode(passage, new DataOutputStream(row));
        row.writeTo(out);
        row.reset();
      }
      out.writeShort(-1);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static void encode(Passage passage, DataOutputStream row) throws IOException {
    row.writeShort(FIELDS);
    encode(TENANT, row);
    encode(passage.id(), row);
    byte[] text = passage.text().getBytes(StandardCharsets.UTF_8);
    row.writeInt(text.length);
    row.write(text);
    for (int value :
        new int[] {passage.half(), passage.tenth(), passage.hundredth(), passage.thousandth()}) {
      row.writeInt(Integer.BYTES);
      row.writeInt(value);
    }
    float[] vector = passage.embedding().toArray();
    row.writeInt(2 * Short.BYTES + vector.length * Float.BYTES);
    row.writeShort(vector.length);
    row.writeShort(0);
    for (float component : vector) {
      row.writeFloat(component);
    }
  }

  private static void encode(UUID id, DataOutputStream row) throws IOException {
    row.writeInt(2 * Long.BYTES);
    row.writeLong(id.getMostSignificantBits());
    row.writeLong(id.getLeastSignificantBits());
  }

  @Override
  public List<UUID> search(Question question, Wanted wanted) throws SQLException {
    try (Connection connection = source.getConnection();
        PreparedStatement statement = connection.prepareStatement(nearest(wanted.share()))) {
      statement.setObject(1, question.vector());
      statement.setObject(2, TENANT);
      statement.setInt(3, wanted.top());
      try (ResultSet rows = statement.executeQuery()) {
        List<Passage.Title> found = new ArrayList<>();
        while (rows.next()) {
          found.add(new Passage.Title(rows.getObject(1, UUID.class), rows.getString(2)));
        }
        return found.stream().map(Passage.Title::id).toList();
      }
    }
  }

  private static String nearest(Share share) {
    return """
    select id, text, embedding <=> ?::real[]::vector as distance
      from passages
     where tenant_id = ?%s
     order by distance
     limit ?
    """
        .formatted(share == Share.ALL ? "" : " and " + share.column() + " = 0");
  }
}
