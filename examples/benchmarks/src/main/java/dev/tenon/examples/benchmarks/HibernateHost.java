package dev.tenon.examples.benchmarks;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.UUID;

/** A row as Hibernate's entity. */
@Entity
@Table(name = SharedHostTable.NAME)
@SuppressWarnings("NullAway.Init")
class HibernateHost {

  @Id private UUID id;
  private String name;
  private String rack;
  private String system;
  private int cores;
  private long memory;
  private double load;

  @Column(name = "seen_at")
  private Instant seenAt;

  @Version private int version;

  /** Called by Hibernate. */
  HibernateHost() {}

  /** Hibernate counts the versions of a new row from 0. */
  HibernateHost(UUID id, Host like) {
    this.id = id;
    this.name = like.name();
    this.rack = like.rack();
    this.system = like.system();
    this.cores = like.cores();
    this.memory = like.memory();
    this.load = like.load();
    this.seenAt = like.seenAt();
  }

  double load() {
    return load;
  }

  void setLoad(double load) {
    this.load = load;
  }

  Host host() {
    return new Host(id, name, rack, system, cores, memory, load, seenAt, version);
  }
}
