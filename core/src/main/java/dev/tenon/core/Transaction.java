package dev.tenon.core;

/**
 * A session whose statements all run in one open transaction, on one connection.
 *
 * <p>It begins with its first statement, in the same round trip as the tenant and the settings,
 * commits when the callback returns and rolls back when it throws. It ends with the callback and
 * belongs to one thread at a time.
 */
public interface Transaction extends Session {

  @Override
  Transaction withSetting(String name, String value);
}
