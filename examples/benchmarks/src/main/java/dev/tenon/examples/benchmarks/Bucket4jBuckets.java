package dev.tenon.examples.benchmarks;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.io.IOException;
import java.time.Duration;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Bucket4j on one connection of Lettuce, which is what Tenon has; buckets expire there too. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init")
public class Bucket4jBuckets {

  private static final String PREFIX = "benchmarks-bucket4j:";

  private final BucketConfiguration limit =
      BucketConfiguration.builder()
          .addLimit(
              bandwidth ->
                  bandwidth
                      .capacity(TenonEphemeral.TOKENS)
                      .refillGreedy(TenonEphemeral.REFILL, TenonEphemeral.PERIOD))
          .build();
  private RedisClient client;
  private ProxyManager<String> buckets;

  /** Made by JMH. */
  public Bucket4jBuckets() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  void open(Coordinates coordinates) {
    client = RedisClient.create(coordinates.get("redis"));
    buckets =
        Bucket4jLettuce.casBasedBuilder(
                client.connect(RedisCodec.of(StringCodec.ASCII, ByteArrayCodec.INSTANCE)))
            .expirationAfterWrite(
                ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(
                    Duration.ofSeconds(1)))
            .build();
  }

  @TearDown
  public void close() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
  }

  /** Takes a token; how many are left. */
  long take(String identifier) {
    ConsumptionProbe probe =
        buckets.getProxy(PREFIX + identifier, () -> limit).tryConsumeAndReturnRemaining(1);
    return probe.isConsumed() ? probe.getRemainingTokens() : -1;
  }
}
