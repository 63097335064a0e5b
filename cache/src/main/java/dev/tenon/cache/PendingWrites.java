package dev.tenon.cache;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.MissingMigrations;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The acknowledged values of one entity that are not in their table yet.
 *
 * @param <V> the values
 */
record PendingWrites<V>(String entity, Codec<V> codec) {

  private static final MissingMigrations MIGRATIONS =
      new MissingMigrations("WriteBehind", "WriteBehind.migrations()");

  /** The caller has locked the key, so that versions and commits have one order. */
  private static final String PUT =
      """
      insert into tenon.write_behind (tenant_id, entity, identifier, version, value)
      values (?, ?, ?, nextval('tenon.write_behind_version'), ?)
          on conflict (tenant_id, entity, identifier) do update
         set version = excluded.version, value = excluded.value
      returning version
      """;

  private static final String FIND =
      """
      select w.version, w.value
        from tenon.write_behind w
       where w.tenant_id = ? and w.entity = ? and w.identifier = ?
      """;

  /** Unless it was put again since. */
  private static final String DONE =
      """
      delete from tenon.write_behind w
       where w.tenant_id = ? and w.entity = ? and w.identifier = ? and w.version = ?
      """;

  /** What is to be written; no value where it was removed. */
  record Pending<V>(long version, Optional<V> value) {}

  long put(Transaction transaction, UUID tenant, String identifier, @Nullable V value) {
    byte[] bytes = value == null ? null : encoded(value);
    return MIGRATIONS.explained(
        () ->
            transaction.jdbc(
                connection -> {
                  try (PreparedStatement statement = connection.prepareStatement(PUT)) {
                    bind(statement, tenant, identifier);
                    statement.setBytes(4, bytes);
                    try (ResultSet row = statement.executeQuery()) {
                      row.next();
                      return row.getLong(1);
                    }
                  }
                }));
  }

  Optional<Pending<V>> find(Session session, UUID tenant, String identifier) {
    Optional<Stored> found =
        MIGRATIONS.explained(
            () ->
                session.jdbc(
                    connection -> {
                      try (PreparedStatement statement = connection.prepareStatement(FIND)) {
                        bind(statement, tenant, identifier);
                        try (ResultSet row = statement.executeQuery()) {
                          return row.next()
                              ? Optional.of(
                                  new Stored(row.getLong(1), Optional.ofNullable(row.getBytes(2))))
                              : Optional.empty();
                        }
                      }
                    }));
    return found.map(stored -> new Pending<>(stored.version(), stored.bytes().map(this::decoded)));
  }

  void done(Transaction transaction, UUID tenant, String identifier, long version) {
    transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(DONE)) {
            bind(statement, tenant, identifier);
            statement.setLong(4, version);
            return statement.executeUpdate();
          }
        });
  }

  private record Stored(long version, Optional<byte[]> bytes) {}

  private void bind(PreparedStatement statement, UUID tenant, String identifier)
      throws SQLException {
    statement.setObject(1, tenant);
    statement.setString(2, entity);
    statement.setString(3, identifier);
  }

  private byte[] encoded(V value) {
    try {
      return codec.encode(value);
    } catch (IOException unfit) {
      throw unfit("a value cannot be encoded", "the codec refused it", unfit);
    }
  }

  private V decoded(byte[] bytes) {
    try {
      return codec.decode(bytes);
    } catch (IOException unfit) {
      throw unfit(
          "an acknowledged value cannot be decoded",
          "another version of the class, or another codec, wrote it",
          unfit);
    }
  }

  private InvalidDataException unfit(String what, String why, IOException cause) {
    return new InvalidDataException(
        Problem.what(what)
            .where("the writes behind of " + entity)
            .why(why)
            .fix("keep the codec able to read what waits"),
        cause);
  }
}
