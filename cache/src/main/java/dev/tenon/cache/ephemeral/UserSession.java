package dev.tenon.cache.ephemeral;

import dev.tenon.cache.Codec;
import dev.tenon.cache.internal.KeyText;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.internal.Required;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A session as it was when it was read. Immutable.
 *
 * <p>{@link #toString()} leaves the identifier out: who has it is its user.
 */
public final class UserSession {

  private final String id;
  private final String user;
  private final Instant createdAt;
  private final Instant endsAt;
  private final Map<String, byte[]> attributes;

  UserSession(
      String id, String user, Instant createdAt, Instant endsAt, Map<String, byte[]> attributes) {
    this.id = id;
    this.user = user;
    this.createdAt = createdAt;
    this.endsAt = endsAt;
    this.attributes = attributes;
  }

  /**
   * What a session holds beside its user.
   *
   * @param name lower case letters, digits and hyphens
   */
  public record Attribute<V>(String name, Codec<V> codec) {

    /**
     * Checks the name.
     *
     * @throws InvalidDataException if it has another form
     */
    public Attribute {
      name = KeyText.requireName("UserSession.Attribute", name);
      codec = Required.require(codec, "codec", "UserSession.Attribute");
    }
  }

  /** What the user keeps: 54 letters, digits, hyphens and underscores, 192 bits of them random. */
  public String id() {
    return id;
  }

  public String user() {
    return user;
  }

  /** By the clock of Redis. */
  public Instant createdAt() {
    return createdAt;
  }

  /** When it ends at the latest, however much it is used. */
  public Instant endsAt() {
    return endsAt;
  }

  /**
   * An attribute, if it was set.
   *
   * @throws InvalidDataException if the codec cannot read what was stored
   */
  public <V> Optional<V> get(Attribute<V> attribute) {
    byte[] bytes = stored(attribute);
    return bytes == null
        ? Optional.empty()
        : Optional.of(
            Arguments.decoded(
                "the attribute '" + attribute.name() + "' of a session", attribute.codec(), bytes));
  }

  byte @Nullable [] stored(Attribute<?> attribute) {
    return attributes.get(attribute.name());
  }

  @Override
  public String toString() {
    return "UserSession[user=" + user + ", endsAt=" + endsAt + "]";
  }
}
