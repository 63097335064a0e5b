package dev.tenon.examples.benchmarks;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.DoubleUnaryOperator;
import javax.sql.DataSource;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.cfg.Configuration;
import org.hibernate.query.SelectionQuery;

/** Hibernate, with a session of its own for each unit of work. */
abstract sealed class HibernateHosts implements PeerHosts<HibernateHost> {

  private static final int BATCH = 1_000;
  private static final String AFTER =
      "from HibernateHost h where (h.seenAt, h.id) > (:seenAt, :id) order by h.seenAt, h.id";

  final SessionFactory sessions;

  private HibernateHosts(DataSource pool) {
    System.setProperty("org.jboss.logging.provider", "slf4j");
    Configuration configuration = new Configuration().addAnnotatedClass(HibernateHost.class);
    configuration.getProperties().put(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, pool);
    sessions =
        configuration
            .setProperty(AvailableSettings.STATEMENT_BATCH_SIZE, Integer.toString(BATCH))
            .buildSessionFactory();
  }

  private static List<HibernateHost> after(SelectionQuery<HibernateHost> query, Place place) {
    return query
        .setParameter("seenAt", place.seenAt())
        .setParameter("id", place.id())
        .setMaxResults(PAGE)
        .getResultList();
  }

  @Override
  public HibernateHost row(UUID id, Host like) {
    return new HibernateHost(id, like);
  }

  @Override
  public Host host(HibernateHost row) {
    return row.host();
  }

  @Override
  public void close() {
    sessions.close();
  }

  /** {@link Session}, which keeps track of what it has read. */
  static final class Stateful extends HibernateHosts {

    Stateful(DataSource pool) {
      super(pool);
    }

    @Override
    public Optional<HibernateHost> find(UUID id) {
      try (Session session = sessions.openSession()) {
        return Optional.ofNullable(session.find(HibernateHost.class, id));
      }
    }

    @Override
    public List<HibernateHost> page(Place place) {
      try (Session session = sessions.openSession()) {
        return after(session.createSelectionQuery(AFTER, HibernateHost.class), place);
      }
    }

    @Override
    public void update(UUID id, DoubleUnaryOperator load) {
      sessions.inTransaction(
          session -> {
            HibernateHost host = session.find(HibernateHost.class, id);
            host.setLoad(load.applyAsDouble(host.load()));
          });
    }

    @Override
    public void insert(HibernateHost row) {
      sessions.inTransaction(session -> session.persist(row));
    }

    @Override
    public void insertAll(List<HibernateHost> rows) {
      sessions.inTransaction(
          session -> {
            for (int from = 0; from < rows.size(); from += BATCH) {
              rows.subList(from, Math.min(from + BATCH, rows.size())).forEach(session::persist);
              session.flush();
              session.clear();
            }
          });
    }
  }

  /** {@link StatelessSession}. */
  static final class Stateless extends HibernateHosts {

    Stateless(DataSource pool) {
      super(pool);
    }

    @Override
    public Optional<HibernateHost> find(UUID id) {
      try (StatelessSession session = sessions.openStatelessSession()) {
        return Optional.ofNullable(session.get(HibernateHost.class, id));
      }
    }

    @Override
    public List<HibernateHost> page(Place place) {
      try (StatelessSession session = sessions.openStatelessSession()) {
        return after(session.createSelectionQuery(AFTER, HibernateHost.class), place);
      }
    }

    @Override
    public void update(UUID id, DoubleUnaryOperator load) {
      sessions.inStatelessTransaction(
          session -> {
            HibernateHost host = session.get(HibernateHost.class, id);
            host.setLoad(load.applyAsDouble(host.load()));
            session.update(host);
          });
    }

    @Override
    public void insert(HibernateHost row) {
      sessions.inStatelessTransaction(session -> session.insert(row));
    }

    @Override
    public void insertAll(List<HibernateHost> rows) {
      sessions.inStatelessTransaction(session -> session.insertMultiple(rows));
    }
  }
}
