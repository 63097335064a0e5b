package dev.tenon.testkit.servers;

/**
 * Somebody who is connected to a test's database.
 *
 * @param processId the server process of the session
 * @param user its role
 * @param application what the client calls itself
 * @param state as in {@code pg_stat_activity}: {@code idle}, {@code idle in transaction}, {@code
 *     active}
 * @param statement the last statement
 * @param advisoryLocks how many advisory locks it holds
 */
public record OpenSession(
    int processId,
    String user,
    String application,
    String state,
    String statement,
    int advisoryLocks) {}
