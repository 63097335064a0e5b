package dev.tenon.testkit.servers;

/**
 * A name and a password that a server accepts.
 *
 * @param user the role
 * @param password its password; empty where the server asks for none
 */
public record Credentials(String user, String password) {
  /** The name only. */
  @Override
  public String toString() {
    return "Credentials[user=" + user + "]";
  }
}
