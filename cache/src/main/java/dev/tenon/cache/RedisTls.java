package dev.tenon.cache;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import io.lettuce.core.SslOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import org.jspecify.annotations.Nullable;

/**
 * Who is believed and who this client is, in PEM files; null for what Java believes, and nobody.
 *
 * <p>They are read when the cache is opened, and again for each connection.
 */
record RedisTls(@Nullable Path trusted, @Nullable Path certificate, @Nullable Path key) {

  static final RedisTls NONE = new RedisTls(null, null, null);

  RedisTls withTrusted(Path certificates) {
    return new RedisTls(certificates, certificate, key);
  }

  RedisTls withIdentity(Path own, Path ownKey) {
    return new RedisTls(trusted, own, ownKey);
  }

  SslOptions options() {
    SslOptions.Builder options = SslOptions.builder().jdkSslProvider();
    if (trusted != null) {
      requireCertificates("CacheConfig.trust", trusted);
      options.trustManager(trusted.toFile());
    }
    if (certificate != null && key != null) {
      requireCertificates("CacheConfig.identity", certificate);
      requireReadable("CacheConfig.identity", key);
      options.keyManager(certificate.toFile(), key.toFile(), new char[0]);
    }
    return options.build();
  }

  private static void requireCertificates(String where, Path file) {
    requireReadable(where, file);
    try (InputStream in = Files.newInputStream(file)) {
      if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
        throw unusable(where, file, "there is none in it", null);
      }
    } catch (IOException | CertificateException error) {
      throw unusable(where, file, Problem.excerpt(error.getMessage()), error);
    }
  }

  private static void requireReadable(String where, Path file) {
    if (!Files.isReadable(file)) {
      throw unusable(where, file, "it is not there, or this user may not read it", null);
    }
  }

  private static UsageException unusable(
      String where, Path file, String why, @Nullable Throwable cause) {
    return new UsageException(
        Problem.what("the file " + file + " cannot be used for TLS")
            .where(where)
            .why(why)
            .fix("pass a file in PEM that this user may read"),
        cause);
  }
}
