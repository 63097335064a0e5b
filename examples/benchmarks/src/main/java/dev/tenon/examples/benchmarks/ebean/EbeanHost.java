package dev.tenon.examples.benchmarks.ebean;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.UUID;

/** A row as Ebean's entity. */
@Entity
@Table(name = "shared_hosts")
@SuppressWarnings("NullAway.Init")
public class EbeanHost {

  @Id private UUID id;
  private String name;
  private String rack;
  private String system;
  private int cores;
  private long memory;
  private double load;
  private Instant seenAt;
  @Version private int version;

  /** Called by Ebean. */
  public EbeanHost() {}

  /** Ebean counts the versions of a new row from 1. */
  public EbeanHost(
      UUID id,
      String name,
      String rack,
      String system,
      int cores,
      long memory,
      double load,
      Instant seenAt) {
    this.id = id;
    this.name = name;
    this.rack = rack;
    this.system = system;
    this.cores = cores;
    this.memory = memory;
    this.load = load;
    this.seenAt = seenAt;
  }

  public UUID id() {
    return id;
  }

  public String name() {
    return name;
  }

  public String rack() {
    return rack;
  }

  public String system() {
    return system;
  }

  public int cores() {
    return cores;
  }

  public long memory() {
    return memory;
  }

  public double load() {
    return load;
  }

  public void setLoad(double load) {
    this.load = load;
  }

  public Instant seenAt() {
    return seenAt;
  }

  public int version() {
    return version;
  }
}
