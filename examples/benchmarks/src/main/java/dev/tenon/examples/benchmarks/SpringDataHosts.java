package dev.tenon.examples.benchmarks;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.DoubleUnaryOperator;
import javax.sql.DataSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.jdbc.core.JdbcAggregateTemplate;
import org.springframework.data.jdbc.repository.config.AbstractJdbcConfiguration;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.jdbc.repository.support.JdbcRepositoryFactory;
import org.springframework.data.repository.Repository;
import org.springframework.data.repository.query.Param;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Spring Data JDBC: its template, and a query of a repository, for criteria compare no rows. */
final class SpringDataHosts implements PeerHosts<SpringDataHost> {

  private final AnnotationConfigApplicationContext context;
  private final JdbcAggregateTemplate template;
  private final Pages pages;
  private final TransactionTemplate transactions;

  SpringDataHosts(DataSource pool) {
    context = new AnnotationConfigApplicationContext();
    context.registerBean(
        NamedParameterJdbcOperations.class, () -> new NamedParameterJdbcTemplate(pool));
    context.register(Beans.class);
    context.refresh();
    template = context.getBean(JdbcAggregateTemplate.class);
    pages = new JdbcRepositoryFactory(template).getRepository(Pages.class);
    transactions = new TransactionTemplate(new JdbcTransactionManager(pool));
  }

  /** What Spring Data is made of, without Spring Boot. */
  @Configuration(proxyBeanMethods = false)
  static class Beans extends AbstractJdbcConfiguration {}

  interface Pages extends Repository<SpringDataHost, UUID> {

    @Query(
        "select "
            + SharedHostTable.COLUMNS
            + " from shared_hosts where (seen_at, id) > (:seenAt, :id)"
            + " order by seen_at, id limit "
            + PAGE)
    List<SpringDataHost> after(@Param("seenAt") Instant seenAt, @Param("id") UUID id);
  }

  @Override
  public Optional<SpringDataHost> find(UUID id) {
    return Optional.ofNullable(template.findById(id, SpringDataHost.class));
  }

  @Override
  public List<SpringDataHost> page(Place place) {
    return pages.after(place.seenAt(), place.id());
  }

  @Override
  public void update(UUID id, DoubleUnaryOperator load) {
    transactions.executeWithoutResult(
        transaction -> {
          SpringDataHost host = find(id).orElseThrow();
          template.update(host.withLoad(load.applyAsDouble(host.load())));
        });
  }

  @Override
  public void insert(SpringDataHost row) {
    transactions.executeWithoutResult(transaction -> template.insert(row));
  }

  @Override
  public void insertAll(List<SpringDataHost> rows) {
    transactions.executeWithoutResult(transaction -> template.insertAll(rows));
  }

  @Override
  public SpringDataHost row(UUID id, Host like) {
    return SpringDataHost.of(id, like);
  }

  @Override
  public Host host(SpringDataHost row) {
    return new Host(
        row.id(),
        row.name(),
        row.rack(),
        row.system(),
        row.cores(),
        row.memory(),
        row.load(),
        row.seenAt(),
        row.version());
  }

  @Override
  public void close() {
    context.close();
  }
}
