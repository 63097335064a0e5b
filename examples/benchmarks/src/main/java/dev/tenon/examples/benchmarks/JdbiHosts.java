package dev.tenon.examples.benchmarks;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.DoubleUnaryOperator;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.postgres.PostgresPlugin;

/** Jdbi: the fluent interface; it has no versions, so the statement asks for one. */
final class JdbiHosts implements PeerHosts<Host> {

  private static final String FIND =
      "select " + SharedHostTable.COLUMNS + " from shared_hosts where id = :id";
  private static final String AFTER =
      "select "
          + SharedHostTable.COLUMNS
          + " from shared_hosts where (seen_at, id) > (:seenAt, :id)"
          + " order by seen_at, id limit "
          + PAGE;
  private static final String UPDATE =
      """
      update shared_hosts
         set name = :name, rack = :rack, system = :system, cores = :cores, memory = :memory, load = :load,
             seen_at = :seenAt, version = version + 1
       where id = :id and version = :version
      """;
  private static final String INSERT =
      "insert into shared_hosts ("
          + SharedHostTable.COLUMNS
          + ") values (:id, :name, :rack, :system, :cores, :memory, :load, :seenAt, :version)";

  private final Jdbi jdbi;

  JdbiHosts(DataSource pool) {
    jdbi =
        Jdbi.create(pool)
            .installPlugin(new PostgresPlugin())
            .registerRowMapper(ConstructorMapper.factory(Host.class));
  }

  @Override
  public Optional<Host> find(UUID id) {
    return jdbi.withHandle(handle -> find(handle, id));
  }

  private static Optional<Host> find(Handle handle, UUID id) {
    return handle.createQuery(FIND).bind("id", id).mapTo(Host.class).findOne();
  }

  @Override
  public List<Host> page(Place place) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(AFTER)
                .bind("seenAt", place.seenAt())
                .bind("id", place.id())
                .mapTo(Host.class)
                .list());
  }

  @Override
  public void update(UUID id, DoubleUnaryOperator load) {
    jdbi.useTransaction(
        handle -> {
          Host host = find(handle, id).orElseThrow();
          Host changed = host.withLoad(load.applyAsDouble(host.load()));
          if (bind(handle.createUpdate(UPDATE), changed).execute() != 1) {
            throw new IllegalStateException("the row has another version");
          }
        });
  }

  @Override
  public void insert(Host row) {
    jdbi.useTransaction(handle -> bind(handle.createUpdate(INSERT), row).execute());
  }

  @Override
  public void insertAll(List<Host> rows) {
    jdbi.useTransaction(
        handle -> {
          PreparedBatch batch = handle.prepareBatch(INSERT);
          for (Host row : rows) {
            bind(batch, row).add();
          }
          batch.execute();
        });
  }

  private static <S extends SqlStatement<S>> S bind(S statement, Host host) {
    return statement
        .bind("id", host.id())
        .bind("name", host.name())
        .bind("rack", host.rack())
        .bind("system", host.system())
        .bind("cores", host.cores())
        .bind("memory", host.memory())
        .bind("load", host.load())
        .bind("seenAt", host.seenAt())
        .bind("version", host.version());
  }

  @Override
  public Host row(UUID id, Host like) {
    return like.withId(id);
  }

  @Override
  public Host host(Host row) {
    return row;
  }

  @Override
  public void close() {}
}
