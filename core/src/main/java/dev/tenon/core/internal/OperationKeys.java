package dev.tenon.core.internal;

import dev.tenon.core.AlreadyAppliedException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.PreparedStatement;
import org.jspecify.annotations.Nullable;

/** The keys of operations in {@code tenon.operation}. */
final class OperationKeys {

  /** Waits for another transaction that has the key, until that one ends. */
  private static final String INSERT =
      """
      insert into tenon.operation (digest) values (?) on conflict do nothing
      """;

  private static final String MIGRATIONS = "Operations.migrations()";
  private static final MissingMigrations RECORDING =
      new MissingMigrations("Transaction.Options.withOperation", MIGRATIONS);
  private static final MissingMigrations ASKING =
      new MissingMigrations("Session.isApplied", MIGRATIONS);

  private OperationKeys() {}

  static void record(@Nullable TenantId tenant, String key, Session transaction) {
    if (!RECORDING.explained(() -> insert(transaction, digest(tenant, key)))) {
      throw new AlreadyAppliedException(
          Problem.what("the operation was applied before")
              .where("Transaction.Options.withOperation")
              .why("its key is recorded, which happens with the commit of its work only")
              .fix("answer as for a success, or choose another key for another operation"));
    }
  }

  /**
   * A key that can be written was not committed, and the one who may have had it has ended; it is
   * taken back, so that the operation can be run again.
   */
  static boolean isApplied(@Nullable TenantId tenant, String key, Session session) {
    byte[] digest = digest(tenant, key);
    try {
      return session.<Boolean, NotAppliedException>transactionResult(
          transaction -> requireRecorded(transaction, digest));
    } catch (NotAppliedException takenBack) {
      return false;
    }
  }

  private static boolean requireRecorded(Transaction transaction, byte[] digest)
      throws NotAppliedException {
    return transaction.<Boolean, NotAppliedException>savepointResult(
        savepoint -> {
          if (ASKING.explained(() -> insert(savepoint, digest))) {
            throw new NotAppliedException();
          }
          return true;
        });
  }

  private static boolean insert(Session transaction, byte[] digest) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setBytes(1, digest);
            return statement.executeUpdate() == 1;
          }
        });
  }

  private static byte[] digest(@Nullable TenantId tenant, String key) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update((tenant == null ? "" : tenant.toString()).getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      return digest.digest(ColumnCodec.requireEncodable(key).getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static final class NotAppliedException extends Exception {
    private static final long serialVersionUID = 1L;
  }
}
