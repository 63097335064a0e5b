package dev.tenon.core;

import java.sql.SQLException;

/** Says why a database could not be opened, without repeating its credentials. */
final class ConnectFailure {

  /** What PgBouncer says, in one language, to the statement timeout of a new connection. */
  private static final String POOLER = "unsupported startup parameter";

  private ConnectFailure() {}

  static TenonException explain(String jdbcUrl, RuntimeException error) {
    String place = withoutCredentials(jdbcUrl);
    if (error.getCause() instanceof SQLException refused) {
      Problem problem =
          Problem.what("the database refused the connection: " + refused.getMessage()).where(place);
      if (String.valueOf(refused.getMessage()).contains(POOLER)) {
        return new UsageException(
            problem
                .why("a pooler answers there, which takes no setting when a client connects")
                .fix("say so: DatabaseConfig.transactionPooler(true)"),
            refused);
      }
      String state = String.valueOf(refused.getSQLState());
      return state.startsWith("08") && !state.equals("08004")
          ? new RetryableException(
              problem
                  .why("nothing answers there, or the network is down")
                  .fix("start the server, or correct host and port"),
              refused)
          : new ServerException(
              problem
                  .why("SQLSTATE " + state)
                  .fix("correct the role, its password, the database name or pg_hba.conf"),
              refused);
    }
    return new ServerException(Problem.what("the pool could not start").where(place), error);
  }

  private static String withoutCredentials(String jdbcUrl) {
    int query = jdbcUrl.indexOf('?');
    String plain = query < 0 ? jdbcUrl : jdbcUrl.substring(0, query);
    return plain.replaceAll("//[^/@]*@", "//");
  }
}
