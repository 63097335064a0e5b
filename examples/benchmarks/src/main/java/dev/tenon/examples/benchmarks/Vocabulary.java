package dev.tenon.examples.benchmarks;

import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Texts whose words are as rare as those of a language: the n-th word comes 1/n as often as the
 * first. The same seed makes the same texts.
 */
final class Vocabulary {

  private static final int WORDS = 10_000;

  /** A word of such a rank is in 23 % to 4 % of the texts, two of them are in some 0.7 %. */
  private static final int FIRST_ASKED = 20;

  private static final int ASKED = 100;
  private static final int SHORTEST = 30;
  private static final int LONGEST = 60;
  private static final String CONSONANTS = "bdfgklmnprstvz";
  private static final String VOWELS = "aiou";

  private final Zipf ranks = new Zipf(WORDS);
  private final Random random;

  Vocabulary(long seed) {
    random = new Random(seed);
  }

  /** 30 to 60 words. */
  String text() {
    return words(SHORTEST + random.nextInt(LONGEST - SHORTEST + 1), ranks::next);
  }

  /** Two words that are neither in most of the texts nor in a few. */
  String query() {
    return words(2, any -> FIRST_ASKED + random.nextInt(ASKED));
  }

  private static String words(int number, IntFunction<Integer> ranks) {
    return IntStream.range(0, number)
        .mapToObj(ranks)
        .map(Vocabulary::word)
        .collect(Collectors.joining(" "));
  }

  /** Three syllables, which no language leaves out of its index. */
  private static String word(int rank) {
    StringBuilder word = new StringBuilder();
    int left = rank;
    for (int syllable = 0; syllable < 3; syllable++) {
      word.append(CONSONANTS.charAt(left % CONSONANTS.length()));
      left /= CONSONANTS.length();
      word.append(VOWELS.charAt(left % VOWELS.length()));
      left /= VOWELS.length();
    }
    return word.toString();
  }
}
