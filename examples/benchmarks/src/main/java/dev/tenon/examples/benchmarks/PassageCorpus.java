package dev.tenon.examples.benchmarks;

import dev.tenon.vector.Embedding;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Passages and questions about them, always the same.
 *
 * @param size how many passages there are
 * @param dimensions of their embeddings
 */
record PassageCorpus(int size, int dimensions) {

  private static final long PASSAGES = 11;
  private static final long QUESTIONS = 12;
  private static final String TEXT =
      "The primary of the cluster lost its lease at %d and a replica took over; writes were refused for some seconds and then went on, as the runbook says they should.";

  /** What is asked for, and the right answers. */
  static final class Question {

    private final String text;
    private final float[] vector;
    private final Map<Share, List<UUID>> nearest;

    Question(String text, float[] vector, Map<Share, List<UUID>> nearest) {
      this.text = text;
      this.vector = vector;
      this.nearest = nearest;
    }

    String text() {
      return text;
    }

    /** Not a copy, so that none is measured. */
    float[] vector() {
      return vector;
    }

    /** The identifiers of the nearest passages of a share, the nearest first. */
    List<UUID> nearest(Share share) {
      return nearest.getOrDefault(share, List.of());
    }
  }

  private record Near(UUID id, double cosine) {}

  Stream<Passage> passages() {
    PassageVectors vectors = new PassageVectors(dimensions, PASSAGES);
    return IntStream.range(0, size).mapToObj(ordinal -> passage(ordinal, vectors.next()));
  }

  private static Passage passage(int ordinal, float[] vector) {
    return new Passage(
        id(ordinal),
        TEXT.formatted(ordinal),
        Share.HALF.value(ordinal),
        Share.TENTH.value(ordinal),
        Share.HUNDREDTH.value(ordinal),
        Share.THOUSANDTH.value(ordinal),
        Embedding.of(vector));
  }

  private static UUID id(int ordinal) {
    return new UUID(0x0191f6c000007000L, Long.MIN_VALUE | ordinal);
  }

  /** Compares each with every passage, to know the right answers. */
  List<Question> questions(int count, int top) {
    PassageVectors asked = new PassageVectors(dimensions, QUESTIONS);
    float[][] vectors = Stream.generate(asked::next).limit(count).toArray(float[][]::new);
    List<Map<Share, PriorityQueue<Near>>> nearest =
        Stream.<Map<Share, PriorityQueue<Near>>>generate(() -> new EnumMap<>(Share.class))
            .limit(count)
            .toList();
    PassageVectors stored = new PassageVectors(dimensions, PASSAGES);
    for (int ordinal = 0; ordinal < size; ordinal++) {
      float[] vector = stored.next();
      double length = Math.sqrt(product(vector, vector));
      for (int question = 0; question < count; question++) {
        keep(
            nearest.get(question),
            ordinal,
            new Near(id(ordinal), product(vectors[question], vector) / length),
            top);
      }
    }
    return IntStream.range(0, count)
        .mapToObj(i -> new Question("question " + i, vectors[i], best(nearest.get(i))))
        .toList();
  }

  private static void keep(
      Map<Share, PriorityQueue<Near>> nearest, int ordinal, Near passage, int top) {
    for (Share share : Share.values()) {
      if (share.has(ordinal)) {
        PriorityQueue<Near> kept =
            nearest.computeIfAbsent(
                share, any -> new PriorityQueue<>(Comparator.comparingDouble(Near::cosine)));
        kept.add(passage);
        if (kept.size() > top) {
          kept.remove();
        }
      }
    }
  }

  private static Map<Share, List<UUID>> best(Map<Share, PriorityQueue<Near>> nearest) {
    Map<Share, List<UUID>> best = new EnumMap<>(Share.class);
    nearest.forEach(
        (share, kept) ->
            best.put(
                share,
                kept.stream()
                    .sorted(Comparator.comparingDouble(Near::cosine).reversed())
                    .map(Near::id)
                    .toList()));
    return best;
  }

  private static double product(float[] one, float[] other) {
    float sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += one[i] * other[i];
    }
    return sum;
  }
}
