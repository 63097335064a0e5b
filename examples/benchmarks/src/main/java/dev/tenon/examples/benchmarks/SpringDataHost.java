package dev.tenon.examples.benchmarks;

import java.time.Instant;
import java.util.UUID;
import org.springframework.data.annotation.Id;
import org.springframework.data.annotation.Version;
import org.springframework.data.relational.core.mapping.Table;

/** A row as Spring Data's aggregate; the versions of a new one are counted from 1. */
@Table(SharedHostTable.NAME)
record SpringDataHost(
    @Id UUID id,
    String name,
    String rack,
    String system,
    int cores,
    long memory,
    double load,
    Instant seenAt,
    @Version int version) {

  static SpringDataHost of(UUID id, Host like) {
    return new SpringDataHost(
        id,
        like.name(),
        like.rack(),
        like.system(),
        like.cores(),
        like.memory(),
        like.load(),
        like.seenAt(),
        0);
  }

  SpringDataHost withLoad(double other) {
    return new SpringDataHost(id, name, rack, system, cores, memory, other, seenAt, version);
  }
}
