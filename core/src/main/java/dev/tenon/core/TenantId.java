package dev.tenon.core;

import java.util.UUID;

/**
 * The owner of a row.
 *
 * @param value the identifier, as stored in every tenant column
 */
public record TenantId(UUID value) {

  /** The transaction-local PostgreSQL setting that carries the tenant of a unit of work. */
  public static final String SETTING = "app.current_tenant";

  public static TenantId of(UUID value) {
    return new TenantId(value);
  }

  /**
   * Reads a tenant from text in the canonical 36 character form.
   *
   * @throws InvalidDataException if the text is not a UUID in that form
   */
  public static TenantId parse(String text) {
    try {
      UUID value = UUID.fromString(text);
      if (value.toString().equalsIgnoreCase(text)) {
        return new TenantId(value);
      }
    } catch (IllegalArgumentException notAUuid) {
      throw invalid(text, notAUuid);
    }
    throw invalid(text, null);
  }

  @Override
  public String toString() {
    return value.toString();
  }

  private static InvalidDataException invalid(
      String text, @org.jspecify.annotations.Nullable Throwable cause) {
    return new InvalidDataException(
        Problem.what("the tenant '" + Problem.excerpt(text) + "' is not a UUID")
            .where("TenantId.parse")
            .why("a tenant is identified by a UUID in its 36 character form")
            .fix("pass the tenant's UUID, e.g. 018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11"),
        cause);
  }
}
