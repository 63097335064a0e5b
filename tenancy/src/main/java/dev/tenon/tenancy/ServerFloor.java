package dev.tenon.tenancy;

import dev.tenon.core.Capabilities;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of a server whose row-level security is known to leak.
 *
 * <p><a href="https://www.postgresql.org/support/security/CVE-2025-8713/">CVE-2025-8713</a>: the
 * planner's statistics show rows that a policy or a view hides. It is the newest of its kind; the
 * releases that mend it also mend CVE-2024-10976, CVE-2023-2455 and CVE-2019-10130.
 */
final class ServerFloor {

  private static final Logger LOG = LoggerFactory.getLogger(ServerFloor.class);

  /** The first minor release that is safe, for each major one. */
  private static final Map<Integer, Integer> MENDED = Map.of(13, 22, 14, 19, 15, 14, 16, 10, 17, 6);

  private static final int OLDEST_MAJOR = 13;
  private static final int PER_MAJOR = 10_000;

  private ServerFloor() {}

  static void warn(Capabilities capabilities) {
    below(capabilities.serverVersion()).ifPresent(LOG::warn);
  }

  /** What is wrong with a {@code server_version_num}, if anything. */
  static Optional<String> below(int serverVersion) {
    int major = serverVersion / PER_MAJOR;
    int minor = serverVersion % PER_MAJOR;
    int mended = major < OLDEST_MAJOR ? Integer.MAX_VALUE : MENDED.getOrDefault(major, 0);
    if (minor >= mended) {
      return Optional.empty();
    }
    return Optional.of(
        "PostgreSQL %d.%d lets planner statistics show rows that row-level security hides (CVE-2025-8713); upgrade to %s"
            .formatted(
                major,
                minor,
                major < OLDEST_MAJOR ? "a supported release" : major + "." + mended + " or newer"));
  }
}
