package dev.tenon.cache.ephemeral;

import dev.tenon.core.internal.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A secret, and a digest of the user that leads to the slot of the user's sessions.
 *
 * <p>In Redis stands a digest of the secret only, so whoever reads its keys is nobody's user.
 */
record SessionId(String secret, String userDigest) {

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{54}");
  private static final int SECRET_BYTES = 24;
  private static final int SECRET_CHARACTERS = 32;
  private static final int USER_BYTES = 16;

  static SessionId create(SecureRandom random, String userDigest) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return new SessionId(BASE64.encodeToString(secret), userDigest);
  }

  static Optional<SessionId> parse(String text) {
    return FORM.matcher(text).matches()
        ? Optional.of(
            new SessionId(text.substring(0, SECRET_CHARACTERS), text.substring(SECRET_CHARACTERS)))
        : Optional.empty();
  }

  static String userDigest(byte[] user) {
    return BASE64.encodeToString(Arrays.copyOf(Sha256.of(user), USER_BYTES));
  }

  String secretDigest() {
    return BASE64.encodeToString(Sha256.of(secret.getBytes(StandardCharsets.US_ASCII)));
  }

  /** As the user keeps it. */
  String text() {
    return secret + userDigest;
  }

  @Override
  public String toString() {
    return "SessionId[" + userDigest + "]";
  }
}
