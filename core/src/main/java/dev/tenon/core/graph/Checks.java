package dev.tenon.core.graph;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.StorableText;
import java.util.function.Supplier;

/** What a single value must be, whatever graph it stands in. */
final class Checks {

  private static final int LONGEST_ID = 100_000;

  private Checks() {}

  /** An id is text that PostgreSQL can store: not empty, no NUL, no half of a surrogate pair. */
  static void identifier(String role, String id) {
    if (id.isEmpty()) {
      throw new InvalidDataException(
          Problem.what("the id of a " + role + " is empty")
              .where("graph")
              .why("patches and traversals address nodes and edges by id")
              .fix("give it an id that is unique in its graph"));
    }
    if (id.length() > LONGEST_ID) {
      throw new InvalidDataException(
          Problem.what("the id of a " + role + " has " + id.length() + " characters")
              .where("graph")
              .why("an id names what it stands for; one has at most " + LONGEST_ID)
              .fix("use a shorter one, e.g. a digest, and keep the text in an attribute"));
    }
    if (!StorableText.isStorable(id)) {
      throw new InvalidDataException(
          Problem.what("the id '" + shown(id) + "' of a " + role + " cannot be stored")
              .where("graph")
              .why("it holds a NUL character or half of a surrogate pair; jsonb refuses both")
              .fix("remove the character from the id"));
    }
  }

  static void confidence(double confidence, Supplier<String> whose) {
    if (!(confidence > 0 && confidence <= 1)) {
      String place = whose.get();
      throw new InvalidDataException(
          Problem.what("the confidence " + confidence + " of " + place + " is outside (0, 1]")
              .where(place)
              .why("a confidence is a probability, and an edge that cannot hold is no edge")
              .fix("give it a number above 0 and at most 1, or remove the edge"));
    }
  }

  static void count(int count, String where) {
    if (count < 1) {
      throw new UsageException(
          Problem.what("the number " + count + " asks for nothing")
              .where(where)
              .fix("ask for at least one"));
    }
  }

  static void hops(int hops, String where) {
    if (hops < 0) {
      throw new UsageException(
          Problem.what(hops + " hops were asked for").where(where).fix("pass 0 or more"));
    }
  }

  static String node(String id) {
    return "the node '" + shown(id) + "'";
  }

  static String edge(String id) {
    return "the edge '" + shown(id) + "'";
  }

  static String edge(String id, String from, String to) {
    return "the edge '" + shown(id) + "' from '" + shown(from) + "' to '" + shown(to) + "'";
  }

  static String shown(String id) {
    return Problem.excerpt(id);
  }
}
