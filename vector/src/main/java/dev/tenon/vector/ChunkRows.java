package dev.tenon.vector;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UuidV7;
import dev.tenon.core.internal.ColumnCodec;
import dev.tenon.core.internal.DollarQuote;
import dev.tenon.core.internal.Sha256;
import dev.tenon.core.internal.TableBehindView;
import dev.tenon.vector.DocumentRepository.Piece;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.JSONB;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The statements over the chunks of one document. */
record ChunkRows(VectorTable<Chunk> table) {

  /**
   * The digest of a text.
   *
   * @throws dev.tenon.core.InvalidDataException if the server cannot store it
   */
  static String hash(String text) {
    return Sha256.hex(ColumnCodec.requireEncodable(text));
  }

  /**
   * The chunk at a place, with the id that the one before has there, and with its attributes as the
   * server wrote them where they are the same: so what is unchanged is equal to it.
   */
  static Chunk chunk(
      @Nullable Chunk before,
      UUID document,
      int ordinal,
      Piece piece,
      String hash,
      Embedding embedding) {
    JSONB attributes =
        before != null && ChunkAttributes.areEqual(before.attributes(), piece.attributes())
            ? before.attributes()
            : piece.attributes();
    return new Chunk(
        before == null ? UuidV7.next() : before.id(),
        document,
        ordinal,
        piece.from(),
        piece.to(),
        piece.text(),
        hash,
        attributes,
        embedding);
  }

  /** Behind a fence too: what the table's name leads to is asked where it runs. */
  String upgradeSql() {
    String body =
        """
        begin
          execute format('alter table %%s add column if not exists "attributes" jsonb'
            ' not null default ''{}'', alter column "document_id" set not null,'
            ' alter column "text" set not null, alter column "hash" set not null', %s);
        end
        """
            .formatted(
                TableBehindView.regclass(
                    "cast(%s as regclass)"
                        .formatted(
                            DSL.using(SQLDialect.POSTGRES).render(DSL.inline(table.name())))));
    String quote = DollarQuote.around(body);
    return "do " + quote + "\n" + body + quote + ";\n";
  }

  /** The constraint that a document has one chunk at a place. */
  String key() {
    return FittedNames.of(table.simpleName() + "_document_key");
  }

  String keySql() {
    return """

        alter table %s add constraint %s unique (%s, "document_id", "ordinal"),
          alter column "attributes" set default '{}', alter column "attributes" set not null,
          alter column "document_id" set not null, alter column "text" set not null,
          alter column "hash" set not null;
        """
        .formatted(table.name(), RecordColumns.quoted(key()), VectorTable.TENANT);
  }

  /** Keeps others from replacing the document, with whichever model, until the end. */
  void lock(Transaction transaction, UUID document) {
    transaction.lock("tenon document " + table.simpleName() + " " + document);
  }

  /** Of the chunks that have the embedding. */
  Set<String> hashes(Session session, UUID document) {
    return run(
        session,
        "replace",
        "select \"hash\" from %s where %s = ? and \"document_id\" = ? and %s is not null"
            .formatted(table.name(), VectorTable.TENANT, table.embeddingColumn()),
        document,
        statement -> {
          Set<String> hashes = new HashSet<>();
          try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
              hashes.add(row.getString(1));
            }
          }
          return hashes;
        });
  }

  List<Chunk> of(Session session, UUID document) {
    return run(
        session,
        "find",
        "select %s from %s where %s = ? and \"document_id\" = ? order by \"ordinal\""
            .formatted(table.columns().sent(table.space()), table.name(), VectorTable.TENANT),
        document,
        statement -> {
          List<Chunk> chunks = new ArrayList<>();
          try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
              chunks.add(table.columns().read(row));
            }
          }
          return chunks;
        });
  }

  /** Removes the chunks from an ordinal on; how many there were. */
  int removeFrom(Session session, UUID document, int ordinal) {
    return run(
        session,
        "replace",
        "delete from %s where %s = ? and \"document_id\" = ? and \"ordinal\" >= ?"
            .formatted(table.name(), VectorTable.TENANT),
        document,
        statement -> {
          statement.setInt(3, ordinal);
          return statement.executeUpdate();
        });
  }

  /** What is done with a statement whose first parameters are the tenant and the document. */
  private interface Work<V> {
    V run(PreparedStatement statement) throws SQLException;
  }

  private <V> V run(Session session, String operation, String sql, UUID document, Work<V> work) {
    TenantId tenant = table.requireTenant(session, operation);
    return ExtensionFaults.run(
        session,
        table.place(operation),
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, tenant.value());
            statement.setObject(2, document);
            return work.run(statement);
          }
        });
  }
}
