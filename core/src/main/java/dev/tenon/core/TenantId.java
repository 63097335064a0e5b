package dev.tenon.core;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The owner of a row.
 *
 * @param value the identifier, as stored in every tenant column
 */
public record TenantId(UUID value) {

  /** The transaction-local PostgreSQL setting that carries the tenant of a unit of work. */
  public static final String SETTING = "app.current_tenant";

  /**
   * Refuses to be nobody.
   *
   * @throws UsageException if the value is null
   */
  public TenantId {
    if (isMissing(value)) {
      throw new UsageException(
          Problem.what("the tenant is null")
              .where("TenantId")
              .why("every row is owned by somebody")
              .fix("pass the tenant's UUID; where there is none, do not make a tenant session"));
    }
  }

  public static TenantId of(UUID value) {
    return new TenantId(value);
  }

  /**
   * Reads a tenant from text in the canonical 36 character form.
   *
   * @throws InvalidDataException if the text is not a UUID in that form
   */
  public static TenantId parse(String text) {
    if (isMissing(text)) {
      throw invalid("null", null);
    }
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

  /** Callers without null checks of their own do pass null. */
  private static boolean isMissing(@Nullable Object value) {
    return value == null;
  }

  private static InvalidDataException invalid(String text, @Nullable Throwable cause) {
    return new InvalidDataException(
        Problem.what("the tenant '" + Problem.excerpt(text) + "' is not a UUID")
            .where("TenantId.parse")
            .why("a tenant is identified by a UUID in its 36 character form")
            .fix("pass the tenant's UUID, e.g. 018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11"),
        cause);
  }
}
