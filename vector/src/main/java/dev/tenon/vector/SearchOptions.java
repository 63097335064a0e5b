package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/**
 * What a search was told; checked once all of it is known, before any I/O.
 *
 * @param scan of the index, where it is used
 * @param memory what {@code work_mem} is set to
 * @param way whether it goes by the index
 * @param explained whether the plan comes with the hits
 */
record SearchOptions(
    int top,
    Condition filter,
    ScanOptions scan,
    Optional<String> memory,
    SearchWay way,
    boolean explained) {

  private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,9}) ?(kB|MB|GB|TB)");
  private static final List<String> UNITS = List.of("kB", "MB", "GB", "TB");

  /** In kB, as the server has them. */
  private static final long LEAST_MEMORY = 64;

  private static final String PLANNED = "plan_cache_mode";

  private static final long MOST_MEMORY = Integer.MAX_VALUE;

  static SearchOptions of(VectorIndex index) {
    return new SearchOptions(
        10, DSL.noCondition(), ScanOptions.of(index), Optional.empty(), SearchWay.CHOSEN, false);
  }

  SearchOptions withTop(int rows) {
    if (rows < 1) {
      throw new UsageException(
          Problem.what("top(" + rows + ") was asked for")
              .where("VectorSearch.top")
              .why("a search returns at least one row")
              .fix("pass 1 or more"));
    }
    return new SearchOptions(rows, filter, scan, memory, way, explained);
  }

  SearchOptions withFilter(Condition condition) {
    Required.require(condition, "condition", "VectorSearch.where");
    return new SearchOptions(top, filter.and(condition), scan, memory, way, explained);
  }

  SearchOptions withScan(ScanOptions chosen) {
    return new SearchOptions(top, filter, chosen, memory, way, explained);
  }

  SearchOptions withMemory(String size) {
    Matcher parts = SIZE.matcher(size);
    if (!parts.matches() || !isInRange(parts)) {
      throw new UsageException(
          Problem.what("memory(" + Problem.excerpt(size) + ") was asked for")
              .where("VectorSearch.memory")
              .why("work_mem is a number and a unit of kB, MB, GB or TB, from 64kB to below 2TB")
              .fix("pass for example 64MB"));
    }
    return new SearchOptions(top, filter, scan, Optional.of(size), way, explained);
  }

  private static boolean isInRange(Matcher parts) {
    double size = Long.parseLong(parts.group(1)) * Math.pow(1024, UNITS.indexOf(parts.group(2)));
    return size >= LEAST_MEMORY && size <= MOST_MEMORY;
  }

  SearchOptions withWay(SearchWay chosen) {
    return new SearchOptions(top, filter, scan, memory, chosen, explained);
  }

  SearchOptions withPlan() {
    return new SearchOptions(top, filter, scan, memory, way, true);
  }

  boolean exact() {
    return way == SearchWay.EXACT;
  }

  /** Whether it is to be chosen by the filter; without one the server does, for any vector. */
  boolean isOpen() {
    return way == SearchWay.CHOSEN && isFiltered();
  }

  private boolean isFiltered() {
    return !SearchFilter.isNone(filter);
  }

  /** Refuses what could only return fewer rows than asked for. */
  void check(String where) {
    if (!exact()) {
      scan.check(top, where);
    }
  }

  /**
   * The session with the settings of the search, which travel with its statement.
   *
   * <p>A search that goes by the index is planned once for any values.
   */
  Session tune(Session session) {
    return way == SearchWay.BY_INDEX && !explained
        ? tuneForValues(session).withSetting(PLANNED, "force_generic_plan")
        : tuneForValues(session);
  }

  /**
   * The same where the statement is planned for its values.
   *
   * <p>With sorts turned off there is no plan without one but that by the index. What is left then
   * looks dear, so that {@code jit} would compile it.
   */
  Session tuneForValues(Session session) {
    return way == SearchWay.BY_INDEX
        ? tuneAsPart(session).withSetting("enable_sort", "off").withSetting("jit", "off")
        : tuneAsPart(session);
  }

  /** The same for a statement of which the search is a part, so that the server plans both. */
  Session tuneAsPart(Session session) {
    Session tuned = session;
    for (Map.Entry<String, String> setting : settings().entrySet()) {
      tuned = tuned.withSetting(setting.getKey(), setting.getValue());
    }
    return explained || isFiltered() ? tuned.withSetting(PLANNED, "force_custom_plan") : tuned;
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    if (!exact()) {
      settings.putAll(scan.settings(top));
    }
    memory.ifPresent(size -> settings.put("work_mem", size));
    return settings;
  }

  /**
   * What the result says of how it was asked for.
   *
   * @param explain what the server said of it
   */
  SearchPlan plan(Optional<String> explain) {
    return new SearchPlan(
        exact() ? Optional.empty() : Optional.of(scan.index()),
        settings(),
        usesCandidates() ? OptionalInt.of(candidatesToCompare()) : OptionalInt.empty(),
        explain);
  }

  /** Whether what the index finds is compared once more by the vectors. */
  boolean usesCandidates() {
    return scan.isQuantized() && !exact();
  }

  /** How many rows of a quantized index are compared by their vectors; otherwise the rows. */
  int candidatesToCompare() {
    return scan.candidatesToCompare(top);
  }
}
