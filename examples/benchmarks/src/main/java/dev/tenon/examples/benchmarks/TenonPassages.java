package dev.tenon.examples.benchmarks;

import dev.tenon.core.Migrations;
import dev.tenon.examples.benchmarks.PassageCorpus.Question;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.vector.VectorRepository;
import dev.tenon.vector.VectorSearch;
import dev.tenon.vector.VectorSpace;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.impl.DSL;

/**
 * Through Tenon, under row-level security.
 *
 * @param <R> what a search returns
 */
final class TenonPassages<R> implements PassageStore {

  static final String TENANT = DocumentTable.TENANT;

  private static final String TABLE = "passages";

  private final VectorRepository<Passage> repository;
  private final TenantSession session;
  private final Class<R> type;
  private final Function<R, UUID> id;

  TenonPassages(PassageServer server, int dimensions, Class<R> type, Function<R, UUID> id) {
    this.repository = repository(dimensions);
    this.session = TenantDatabase.on(server.application()).as(TENANT);
    this.type = type;
    this.id = id;
  }

  static Migrations migrations(int dimensions) {
    return Migrations.named(TABLE)
        .script(
            "V1__passages.sql", repository(dimensions).tableSql() + TenantTable.rls(TABLE).sql());
  }

  private static VectorRepository<Passage> repository(int dimensions) {
    return VectorRepository.of(TABLE, Passage.class, VectorSpace.cosine(dimensions));
  }

  @Override
  public String table() {
    return TABLE;
  }

  @Override
  public void load(List<Passage> passages) {
    repository.load(session, passages.stream());
  }

  @Override
  public List<UUID> search(Question question, Wanted wanted) {
    VectorSearch<R> search =
        repository.search(session, question.vector()).top(wanted.top()).into(type);
    if (wanted.efSearch().isPresent()) {
      search = search.efSearch(wanted.efSearch().getAsInt());
    }
    if (wanted.share() != Share.ALL) {
      search = search.where(DSL.field(DSL.name(wanted.share().column()), int.class).eq(0));
    }
    return search.fetch().records().stream().map(id).toList();
  }
}
