package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The values that {@code maintenance_work_mem} takes. */
final class BuildMemory {

  private static final Pattern SIZE =
      Pattern.compile("\\s*(\\d{1,20}(?:\\.\\d{0,20})?)\\s*(B|kB|MB|GB|TB)?\\s*");

  /** A number without a unit counts these. */
  private static final String KILOBYTE = "kB";

  private static final Map<String, BigDecimal> KILOBYTES =
      Map.of(
          "B",
          new BigDecimal("0.0009765625"),
          KILOBYTE,
          BigDecimal.ONE,
          "MB",
          BigDecimal.valueOf(1L << 10),
          "GB",
          BigDecimal.valueOf(1L << 20),
          "TB",
          BigDecimal.valueOf(1L << 30));

  /** Of PostgreSQL 17; of older ones it is 1 MB, as they say themselves. */
  private static final BigDecimal LEAST = BigDecimal.valueOf(64);

  private static final BigDecimal MOST = BigDecimal.valueOf(Integer.MAX_VALUE);

  private BuildMemory() {}

  /** The size itself, refused where no server takes it. */
  static String require(String size, String where) {
    Matcher written = SIZE.matcher(Required.require(size, "size", where));
    if (!written.matches() || !isWithin(kilobytes(written))) {
      throw new UsageException(
          Problem.what("a build cannot have the memory '" + Problem.excerpt(size) + "'")
              .where(where)
              .why("maintenance_work_mem is " + LEAST + "kB to " + MOST + "kB")
              .fix("write it as 512MB or 2GB; VectorRepository.indexAdvice tells how much"));
    }
    return size;
  }

  private static BigDecimal kilobytes(Matcher written) {
    String unit = written.group(2) == null ? KILOBYTE : written.group(2);
    BigDecimal factor = KILOBYTES.getOrDefault(unit, BigDecimal.ONE);
    return new BigDecimal(written.group(1)).multiply(factor).setScale(0, RoundingMode.HALF_EVEN);
  }

  private static boolean isWithin(BigDecimal kilobytes) {
    return kilobytes.compareTo(LEAST) >= 0 && kilobytes.compareTo(MOST) <= 0;
  }
}
