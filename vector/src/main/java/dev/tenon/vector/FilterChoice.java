package dev.tenon.vector;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.tenon.core.Capabilities;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Whether a filtered search goes by the vector index or compares all rows that match.
 *
 * <p>The server is asked what it expects both to cost, and the answer is kept for a minute for the
 * same filter and values. Its own choice between them is not left to it: it takes an index scan
 * that goes on past rows that do not match for several times cheaper than it is, and such a scan
 * misses nearest rows. Nor is it believed that few rows match, which is what it takes for granted
 * of a value within a document: they are counted, up to where the index is cheaper.
 *
 * <p>Safe for use by many threads; two that want to know the same at the same time both ask.
 */
final class FilterChoice {

  private static final Duration KEPT = Duration.ofMinutes(1);

  /** The characters of a filter above which it is left to the server's plan: to ask is dear. */
  private static final int MOST_ASKED = 20_000;

  /** The characters of all filters that are kept of a server. */
  private static final long MOST_KEPT = 1 << 20;

  private static final int LENGTH_OF_OTHERS = 200;

  private final IndexDefinition index;
  private final Ticker ticker;

  /** By what is known of a server, which is one object for each database that is open. */
  private final Cache<Capabilities, Cache<Asked, SearchWay>> answers =
      Caffeine.newBuilder().weakKeys().build();

  /** What the answer depends on. */
  private record Asked(TenantId tenant, String filter, int rows, ScanOptions scan) {

    int length() {
      return LENGTH_OF_OTHERS + filter.length();
    }
  }

  FilterChoice(IndexDefinition index, Ticker ticker) {
    this.index = index;
    this.ticker = ticker;
  }

  SearchWay of(Session session, SearchOptions options, TenantId tenant) {
    String filter = SearchFilter.textWithValues(options.filter());
    if (filter.length() > MOST_ASKED) {
      return SearchWay.CHOSEN;
    }
    Cache<Asked, SearchWay> known =
        Objects.requireNonNull(answers.get(session.capabilities(), any -> fresh()));
    Asked asked = new Asked(tenant, filter, options.candidatesToCompare(), options.scan());
    SearchWay kept = known.getIfPresent(asked);
    if (kept != null) {
      return kept;
    }
    SearchWay answer = choose(session, options, tenant);
    known.put(asked, answer);
    return answer;
  }

  private Cache<Asked, SearchWay> fresh() {
    return Caffeine.newBuilder()
        .expireAfterWrite(KEPT)
        .ticker(ticker)
        .maximumWeight(MOST_KEPT)
        .weigher((Asked asked, SearchWay any) -> asked.length())
        .build();
  }

  private SearchWay choose(Session session, SearchOptions options, TenantId tenant) {
    boolean byIndex =
        costs(session, options, tenant)
            .filter(WayCosts::canGoByIndex)
            .filter(
                costs ->
                    costs.isCheaperByIndex()
                        || matchMore(session, options, tenant, costs.mostForExact()))
            .isPresent();
    return byIndex ? SearchWay.BY_INDEX : SearchWay.EXACT;
  }

  private Optional<WayCosts> costs(Session session, SearchOptions options, TenantId tenant) {
    VectorTable<?> table = index.table();
    String text =
        """
        explain
        with candidate as not materialized (select %1$s%2$s)
        select %1$s from candidate
        union all
        (select %1$s from candidate order by %3$s %4$s %5$s limit %6$d)"""
            .formatted(
                table.embeddingColumn(),
                matching(options),
                index.indexed(),
                index.quantization().operator(table.space()),
                index.ofVector("(select null::" + table.space().columnType() + ")"),
                options.candidatesToCompare());
    return ask(
        options
            .tuneAsPart(session)
            // What they are by default, for those that were measured.
            .withSetting("seq_page_cost", "1")
            .withSetting("random_page_cost", "4")
            .withSetting("max_parallel_workers_per_gather", "0")
            // So that the second plan is that of the index, where there is one.
            .withSetting("enable_sort", "off"),
        text,
        options,
        tenant,
        plans -> WayCosts.read(index, options.candidatesToCompare(), plans));
  }

  private boolean matchMore(Session session, SearchOptions options, TenantId tenant, long rows) {
    return ask(
        options.tuneAsPart(session),
        "select count(*) > %d from (select 1%s limit %d) counted"
            .formatted(rows, matching(options), rows + 1),
        options,
        tenant,
        answer -> answer.next() && answer.getBoolean(1));
  }

  private interface Reader<V> {
    V read(ResultSet rows) throws SQLException;
  }

  private <V> V ask(
      Session session, String text, SearchOptions options, TenantId tenant, Reader<V> reader) {
    return ExtensionFaults.run(
        session,
        index.table().place("search"),
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(text)) {
            int next = SearchFilter.bind(statement, 1, options.filter());
            statement.setObject(next, tenant.value());
            try (ResultSet rows = statement.executeQuery()) {
              return reader.read(rows);
            }
          }
        });
  }

  private String matching(SearchOptions options) {
    VectorTable<?> table = index.table();
    return """

          from %s
         where (%s) and %s = ? and %s is not null"""
        .formatted(
            table.name(),
            SearchFilter.text(options.filter()),
            VectorTable.TENANT,
            table.embeddingColumn());
  }
}
