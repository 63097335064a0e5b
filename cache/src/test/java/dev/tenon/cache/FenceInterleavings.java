package dev.tenon.cache;

import dev.tenon.cache.LocalLevel.Held;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Stream;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/**
 * The fence in front of memory under Lincheck, which looks at the interleavings of small scenarios
 * one by one. It changes every class of its JVM, so it has one of its own.
 */
final class FenceInterleavings {

  private static final UUID OWNER = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy POLICY =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1));
  private static final int KEYS = 2;
  private static final int THREADS = 3;
  private static final int INTERLEAVINGS = 150;
  private static final String TAG = "tag";

  private FenceInterleavings() {}

  /** Fails where an interleaving differs from what the checks named promise. */
  public static void main(String... checks) {
    for (String check : checks) {
      switch (Check.valueOf(check)) {
        case FILLS -> fills();
        case FOUND -> found();
        case RANDOM -> random();
      }
    }
  }

  /** What is looked at. */
  enum Check {
    FILLS,
    FOUND,
    RANDOM
  }

  private static void fills() {
    List<Actor> fills = List.of(step("begin", 1, 0), step("fill", 1));
    options(
            against(fills, step("begin", 2, 0), step("evict", 0), step("fill", 2)),
            against(fills, step("begin", 2, 0), step("evict", 1), step("fill", 2)),
            against(fills, step("begin", 2, 0), step("evictAll"), step("fill", 2)),
            against(fills, step("begin", 2, 0), step("busDown"), step("busUp"), step("fill", 2)))
        .sequentialSpecification(Promise.class)
        .check(Decisions.class);
  }

  private static void found() {
    List<Actor> loads = List.of(step("load", 0));
    Actor last = step("isOlderFound", 0);
    options(
            followed(last, loads, step("change", 0)),
            followed(last, loads, step("changeWhatHasTheTag")),
            followed(last, loads, step("changeEverything")),
            followed(last, loads, step("changeWithoutBus")),
            followed(last, loads, step("load", 0), step("change", 0)))
        .sequentialSpecification(NothingOlder.class)
        .check(Memory.class);
  }

  private static void random() {
    new StressOptions()
        .threads(THREADS)
        .actorsPerThread(3)
        .iterations(10)
        .invocationsPerIteration(300)
        .sequentialSpecification(Promise.class)
        .check(Decisions.class);
    new StressOptions()
        .threads(THREADS)
        .actorsPerThread(3)
        .iterations(10)
        .invocationsPerIteration(300)
        .sequentialSpecification(NothingOlder.class)
        .check(Memory.class);
  }

  /** Every interleaving of these, as far as the invocations reach; more switches come later. */
  private static ModelCheckingOptions options(ExecutionScenario... scenarios) {
    ModelCheckingOptions options =
        new ModelCheckingOptions().iterations(0).invocationsPerIteration(INTERLEAVINGS);
    for (ExecutionScenario scenario : scenarios) {
      options = options.addCustomScenario(scenario);
    }
    return options;
  }

  private static ExecutionScenario against(List<Actor> one, Actor... other) {
    return new ExecutionScenario(List.of(), List.of(one, List.of(other)), List.of(), null);
  }

  private static ExecutionScenario followed(Actor last, List<Actor> one, Actor... other) {
    return new ExecutionScenario(List.of(), List.of(one, List.of(other)), List.of(last), null);
  }

  private static Actor step(String operation, Object... arguments) {
    return Stream.of(Decisions.class, Memory.class)
        .flatMap(type -> Stream.of(type.getMethods()))
        .filter(method -> method.getName().equals(operation))
        .findAny()
        .map(method -> new Actor(method, List.of(arguments)))
        .orElseThrow();
  }

  private static LocalLevel<Integer, Long> memory(Fence fence) {
    return new LocalLevel<>(fence, POLICY, Integer.class, new ConcurrentHashMap<>(1));
  }

  private static Held<Long> held(long value) {
    return new Held<>(OWNER, value, Long.MAX_VALUE, List.of(TAG), false);
  }

  private static EntityKey<Integer> key(int id) {
    return new EntityKey<>(OWNER, id);
  }

  /** Each thread begins fills and ends them, while keys, everything and the bus come to an end. */
  @Param(name = "key", gen = IntGen.class, conf = "0:1")
  @Param(name = "thread", gen = ThreadIdGen.class)
  public static class Decisions {

    private final Fence fence = new Fence();
    private final LocalLevel<Integer, Long> local = memory(fence);
    private final int[] keys = new int[THREADS + 2];
    private final long[] tickets = new long[THREADS + 2];

    /** Made by Lincheck. */
    public Decisions() {
      fence.busUp();
    }

    @Operation
    public void begin(@Param(name = "thread") int thread, @Param(name = "key") int key) {
      keys[thread] = key;
      tickets[thread] = local.ticket(key(key));
    }

    @Operation
    public boolean fill(@Param(name = "thread") int thread) {
      return local.offer(key(keys[thread]), held(0), tickets[thread]);
    }

    @Operation
    public void evict(@Param(name = "key") int key) {
      local.evict(key(key));
    }

    @Operation
    public void evictAll() {
      local.evictAll();
    }

    @Operation
    public void busDown() {
      fence.busDown();
    }

    @Operation
    public void busUp() {
      fence.busUp();
    }
  }

  /** What the fence promises, step by step. */
  public static class Promise {

    private final int[] keys = new int[THREADS + 2];
    private final boolean[] isCurrent = new boolean[THREADS + 2];
    private boolean isBusUp = true;

    /** Made by Lincheck. */
    public Promise() {}

    public void begin(int thread, int key) {
      keys[thread] = key;
      isCurrent[thread] = true;
    }

    public boolean fill(int thread) {
      return isCurrent[thread] && isBusUp;
    }

    public void evict(int key) {
      for (int thread = 0; thread < keys.length; thread++) {
        isCurrent[thread] &= keys[thread] != key;
      }
    }

    public void evictAll() {
      for (int key = 0; key < KEYS; key++) {
        evict(key);
      }
    }

    public void busDown() {
      evictAll();
      isBusUp = false;
    }

    public void busUp() {
      evictAll();
      isBusUp = true;
    }
  }

  /** Rows that change, their values in memory, and from which version on a change has ended. */
  @Param(name = "key", gen = IntGen.class, conf = "0:1")
  public static class Memory {

    private final Fence fence = new Fence();
    private final LocalLevel<Integer, Long> local = memory(fence);
    private final AtomicLongArray rows = new AtomicLongArray(KEYS);
    private final AtomicLongArray ended = new AtomicLongArray(KEYS);

    /** Made by Lincheck. */
    public Memory() {
      fence.busUp();
    }

    @Operation
    public void load(@Param(name = "key") int id) {
      EntityKey<Integer> key = key(id);
      long ticket = local.ticket(key);
      boolean unused = local.offer(key, held(rows.get(id)), ticket);
    }

    @Operation
    public boolean isOlderFound(@Param(name = "key") int id) {
      long least = ended.get(id);
      Held<Long> found = local.find(OWNER, id);
      return found != null && found.value() != null && found.value() < least;
    }

    @Operation
    public void change(@Param(name = "key") int id) {
      long row = rows.incrementAndGet(id);
      local.evict(key(id));
      ended.accumulateAndGet(id, row, Math::max);
    }

    @Operation
    public void changeWhatHasTheTag() {
      changeAll(() -> local.evictTag(OWNER, TAG));
    }

    @Operation
    public void changeEverything() {
      changeAll(local::evictAll);
    }

    @Operation
    public void changeWithoutBus() {
      changeAll(
          () -> {
            fence.busDown();
            local.clear();
            fence.busUp();
            local.clear();
          });
    }

    private void changeAll(Runnable end) {
      long[] changed = new long[KEYS];
      for (int id = 0; id < KEYS; id++) {
        changed[id] = rows.incrementAndGet(id);
      }
      end.run();
      for (int id = 0; id < KEYS; id++) {
        ended.accumulateAndGet(id, changed[id], Math::max);
      }
    }
  }

  /** The other side of {@link Memory}. */
  public static class NothingOlder {

    /** Made by Lincheck. */
    public NothingOlder() {}

    public void load(int id) {}

    public boolean isOlderFound(int id) {
      return false;
    }

    public void change(int id) {}

    public void changeWhatHasTheTag() {}

    public void changeEverything() {}

    public void changeWithoutBus() {}
  }
}
